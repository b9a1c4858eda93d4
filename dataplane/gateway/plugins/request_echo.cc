#include "gateway/plugins/request_echo.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <optional>
#include <span>
#include <vector>

#include "gateway/plugins/body_type.h"
#include "gateway/plugins/json_scanner.h"
#include "gateway/plugins/json_writer.h"
#include "gateway/plugins/multipart_body.h"
#include "gateway/plugins/query.h"
#include "gateway/text.h"
#include "http/url.h"
#include "sluice/policy/route.h"
#include "sluice/policy/service.h"

namespace sluice::gateway {

namespace {

// Without the body, which stands there twice: as a text, in which a byte may become six, and as a value, which of a
// multipart form is made of such texts too.
constexpr size_t kMostBytes = 32768;
constexpr size_t kMostBytesOfBodyByte = 12;
// As many arguments as Kong shows.
constexpr size_t kMostArguments = 100;

void write(JsonWriter& json, const std::string& value) {
  json.string(value);
}
void write(JsonWriter& json, bool value) {
  json.boolean(value);
}
template <std::integral T>
void write(JsonWriter& json, T value) {
  json.number(value);
}
void write(JsonWriter& json, Port value) {
  json.number(value.value);
}
void write(JsonWriter& json, Duration value) {
  json.number(value.ms());
}
void write(JsonWriter& json, const policy::Uuid& value) {
  json.string(value.to_string());
}

template <policy::NamedEnum E>
void write(JsonWriter& json, E value) {
  json.string(to_text(value));
}

template <typename T>
void write(JsonWriter& json, const std::vector<T>& values) {
  json.begin_array();
  for (const T& value : values) write(json, value);
  json.end_array();
}

void write(JsonWriter& json, const std::vector<policy::NamedValues>& headers) {
  json.begin_object();
  for (const policy::NamedValues& header : headers) {
    json.name(header.name);
    write(json, header.values);
  }
  json.end_object();
}

// Writes the fields of a described type as members; those that are null in Kong are left out, as Kong does.
class FieldWriter {
 public:
  explicit FieldWriter(JsonWriter& json) : json_(json) {}

  template <typename T>
  void operator()(std::string_view name, const T& value, const policy::FieldInfo&) {
    json_.name(name);
    write(json_, value);
  }
  template <typename T>
  void operator()(std::string_view name, const std::optional<T>& value, const policy::FieldInfo& info) {
    if (value) (*this)(name, *value, info);
  }
  template <typename T>
  void operator()(std::string_view name, const std::vector<T>& values, const policy::FieldInfo& info) {
    if (values.empty() && info.empty_is_null) return;
    json_.name(name);
    write(json_, values);
  }
  void operator()(std::string_view, const policy::Unsupported&, const policy::FieldInfo&) {}
  // A reference is written by whoever can follow it.
  template <typename T>
  void operator()(std::string_view, const std::optional<policy::Ref<T>>&, const policy::FieldInfo&) {}

 private:
  JsonWriter& json_;
};

template <typename Entity>
void write_entity(JsonWriter& json, const Entity& entity) {
  FieldWriter fields(json);
  Entity::fields(entity, fields);
  // Kong's workspaces and times of creation, which a policy file does not have.
  json.name("ws_id");
  json.string(policy::Uuid().to_string());
  for (std::string_view time : {"created_at", "updated_at"}) {
    json.name(time);
    json.number(0);
  }
}

void write_service(JsonWriter& json, const policy::Service& service) {
  json.name("matched_service");
  json.begin_object();
  write_entity(json, service);
  json.end_object();
}

void write_route(JsonWriter& json, const Context& context) {
  json.name("matched_route");
  json.begin_object();
  write_entity(json, *context.route);
  if (context.service != nullptr) {
    json.name("service");
    json.begin_object();
    json.name("id");
    write(json, context.service->id);
    json.end_object();
  }
  json.end_object();
}

// Names in lower case; of a repeated one a list.
void write_headers(JsonWriter& json, Arena& arena, const http::Request& request) {
  json.name("headers");
  json.begin_object();
  const std::span<const http::Header> all = request.headers.all();
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string_view name = all[i].name;
    const auto same = [name](const http::Header& other) { return http::iequals(other.name, name); };
    if (std::ranges::any_of(all.first(i), same)) continue;
    json.name(lower_case(arena, name));
    const bool repeated = request.headers.count(name) > 1;
    if (repeated) json.begin_array();
    for (const http::Header& header : all.subspan(i)) {
      if (same(header)) json.string(header.value);
    }
    if (repeated) json.end_array();
  }
  json.end_object();
}

void write_value(JsonWriter& json, const std::optional<std::string_view>& value) {
  if (value) {
    json.string(*value);
  } else {
    json.boolean(true);
  }
}

// The arguments of a query, or of a form; of a repeated one a list.
void write_arguments(JsonWriter& json, Arena& arena, std::string_view query) {
  json.begin_object();
  http::QueryReader reader(query);
  for (size_t i = 0; i < kMostArguments; ++i) {
    const std::optional<http::QueryArgument> argument = reader.next();
    if (!argument) break;
    const std::string_view name = http::percent_decode(arena, argument->name, http::Plus::kSpace);
    if (name.empty()) continue;
    const std::string_view before = query.substr(0, static_cast<size_t>(argument->name.data() - query.data()));
    if (find_argument(arena, before, name).count > 0) continue;
    json.name(name);
    const bool repeated = find_argument(arena, query, name).count > 1;
    if (repeated) json.begin_array();
    http::QueryReader same(query);
    while (const std::optional<http::QueryArgument> other = same.next()) {
      if (is_named(arena, *other, name)) write_value(json, decoded_value(arena, *other));
    }
    if (repeated) json.end_array();
  }
  json.end_object();
}

// The contents of a form's parts by their names; of a repeated one a list. One without a name is not shown.
void write_parts(JsonWriter& json, std::span<const MultipartBody::Part> parts) {
  json.begin_object();
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string_view name = parts[i].name;
    const auto same = [name](const MultipartBody::Part& other) { return other.name == name; };
    if (name.empty() || std::ranges::any_of(parts.first(i), same)) continue;
    json.name(name);
    const std::span<const MultipartBody::Part> rest = parts.subspan(i);
    const bool repeated = std::ranges::count_if(rest, same) > 1;
    if (repeated) json.begin_array();
    for (const MultipartBody::Part& part : rest) {
      if (same(part)) json.string(part.content);
    }
    if (repeated) json.end_array();
  }
  json.end_object();
}

// What the body means, where that is known, and what it is.
void write_body(JsonWriter& json, const Context& context) {
  const std::string_view body = context.http.body.bytes;
  switch (leading_body_type(context.http.request.headers)) {
    case BodyType::kJson: {
      JsonScanner scanner(body);
      const std::string_view value = scanner.take_value();
      scanner.skip_space();
      // A body that is one number or text has no fields to tell.
      const bool has_fields = value.starts_with('{') || value.starts_with('[');
      if (!has_fields || !scanner.at_end()) break;
      json.name("body");
      json.raw(value);
      break;
    }
    case BodyType::kForm:
      json.name("body");
      write_arguments(json, context.http.arena, body);
      break;
    case BodyType::kMultipart: {
      const std::string_view type = *context.http.request.headers.find("Content-Type");
      const auto form = MultipartBody::parse(context.http.arena, type, body, 0);
      if (!form) break;
      json.name("body");
      write_parts(json, form->parts());
      break;
    }
    case BodyType::kOther:
      break;
  }
  json.name("raw_body");
  json.string(body);
}

void write_captures(JsonWriter& json, std::span<const Capture> captures) {
  json.name("uri_captures");
  json.begin_object();
  json.name("unnamed");
  json.begin_array();
  for (const Capture& capture : captures) {
    if (capture.number > 0) json.string(capture.value);
  }
  json.end_array();
  json.name("named");
  json.begin_object();
  for (const Capture& capture : captures) {
    if (capture.name.empty()) continue;
    json.name(capture.name);
    json.string(capture.value);
  }
  json.end_object();
  json.end_object();
}

std::string_view host_of(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  return has_port ? authority.substr(0, colon) : authority;
}

void write_request(JsonWriter& json, const Context& context) {
  const http::RequestContext& http = context.http;
  const http::Request& request = http.request;
  Arena& arena = http.arena;
  json.name("request");
  json.begin_object();
  json.name("scheme");
  json.string(http.client.secure ? "https" : "http");
  json.name("host");
  json.string(lower_case(arena, host_of(request.authority)));
  json.name("port");
  json.number(http.client.local.port.value);
  json.name("method");
  json.string(context.upstream.method.empty() ? request.method : context.upstream.method);
  json.name("path");
  json.string(context.path);
  write_headers(json, arena, request);
  json.name("query");
  write_arguments(json, arena, context.upstream.query);
  write_captures(json, context.captures);
  if (http.body.state == http::WholeBody::State::kRead) write_body(json, context);
  json.end_object();
}

std::string own_host_name() {
  std::array<char, 256> name{};
  // A name that is cut short need not end in a zero (gethostname(2)).
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string("localhost");
}

}  // namespace

RequestEcho::RequestEcho() : host_name_(own_host_name()), process_id_(getpid()) {}

std::string_view RequestEcho::describe(Context& context, std::string_view message) const {
  Arena& arena = context.http.arena;
  JsonWriter json(arena, arena.try_array<char>(kMostBytes + kMostBytesOfBodyByte * context.http.body.bytes.size()));
  json.begin_object();
  if (message.data() != nullptr) {
    json.name("message");
    json.string(message);
  }
  json.name("kong");
  json.begin_object();
  json.name("node_id");
  json.string(policy::Uuid().to_string());
  json.name("worker_pid");
  json.number(process_id_);
  json.name("hostname");
  json.string(host_name_);
  json.end_object();
  write_request(json, context);
  write_route(json, context);
  if (context.service != nullptr) write_service(json, *context.service);
  json.end_object();
  return json.text();
}

}  // namespace sluice::gateway
