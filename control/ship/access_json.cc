#include "ship/access_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/described_json.h"
#include "sluice/ascii.h"

namespace sluice::control {

namespace {

using nlohmann::json;

// Of the one workspace of a Kong without a database.
constexpr const char* kWorkspaceId = "0dc6f45b-8f8d-40d2-a504-473544ee190b";

// A name that is there several times has a list of its values.
void add(json& object, const std::string& name, json value) {
  const auto found = object.find(name);
  if (found == object.end()) {
    object[name] = std::move(value);
  } else if (found->is_array()) {
    found->push_back(std::move(value));
  } else {
    *found = json::array({*found, std::move(value)});
  }
}

json headers_json(const HeaderViews& headers) {
  json object = json::object();
  for (const auto& [name, value] : headers) add(object, lower(name), std::string(value));
  return object;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
    if (text[i] == '%' && low >= 0) {
      result += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

// An argument without a value is true, one without a name is nothing.
json query_json(std::string_view target) {
  json object = json::object();
  const size_t question = target.find('?');
  std::string_view rest = question == std::string_view::npos ? "" : target.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view argument = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), argument.size() + 1));
    if (argument.empty() || argument.starts_with('=')) continue;
    const size_t equals = argument.find('=');
    const json value = equals == std::string_view::npos ? json(true) : json(decoded(argument.substr(equals + 1)));
    add(object, decoded(argument.substr(0, equals)), value);
  }
  return object;
}

// With the port that was connected to.
std::string url_of(const AccessFacts& facts) {
  return fmt::format("{}://{}:{}{}", facts.scheme(), facts.host_name(), facts.record.local_port.value, facts.target);
}

// A question mark without a query is kept from the client's.
std::string upstream_uri(const AccessFacts& facts) {
  std::string uri(facts.upstream_target);
  if (!uri.empty() && uri.find('?') == std::string::npos && facts.target.ends_with('?')) uri += '?';
  return uri;
}

json request_json(const AccessFacts& facts) {
  const RequestId& id = facts.record.header.request_id;
  // The arguments are those that plugins have left, as soon as there is a way to an origin.
  const std::string_view target = facts.route == nullptr ? facts.target : facts.upstream_target;
  return {{"id", std::string(id.data(), id.size())}, {"method", std::string(facts.method)},
          {"uri", std::string(facts.target)},        {"url", url_of(facts)},
          {"querystring", query_json(target)},       {"headers", headers_json(facts.request_headers)},
          {"size", facts.record.request_bytes}};
}

json response_json(const AccessFacts& facts) {
  return {{"status", facts.record.status},
          {"headers", headers_json(facts.response_headers)},
          {"size", facts.record.response_bytes}};
}

// proxy: waiting for the origin's head; receive: its body; kong: what goes before.
json latencies_json(const AccessRecord& r) {
  return {{"request", r.total_time.ms()},
          {"proxy", r.proxied ? r.waiting_time.ms() : -1},
          {"receive", r.receive_time.ms()},
          {"kong", r.own_time.ms()}};
}

json try_json(const AccessTry& attempt, WallTime started) {
  const int64_t begun_ns = started.ns + attempt.begun.ns;
  return {{"ip", attempt.origin.address.to_string()},       {"port", attempt.origin.port.value},
          {"balancer_start", begun_ns / 1'000'000},         {"balancer_start_ns", begun_ns},
          {"balancer_latency", attempt.choosing_time.ms()}, {"balancer_latency_ns", attempt.choosing_time.ns}};
}

void fail(json& attempt, uint16_t status) {
  attempt["state"] = "failed";
  attempt["code"] = status;
}

// Kong tells of a try that it failed where another followed, or none could follow.
json tries_json(const AccessFacts& facts) {
  json list = json::array();
  for (const AccessTry& attempt : facts.tries()) {
    list.push_back(try_json(attempt, facts.record.header.started));
    if (&attempt != &facts.last_try()) fail(list.back(), attempt.status);
  }
  const bool used_up = facts.service != nullptr && facts.record.tries > facts.service->retries;
  if (!list.empty() && used_up && facts.last_try().status > 499) fail(list.back(), facts.last_try().status);
  return list;
}

// The status of each try, as nginx's $upstream_status.
std::string upstream_status(const AccessFacts& facts) {
  std::string text;
  for (const AccessTry& attempt : facts.tries()) {
    if (!text.empty()) text += ", ";
    text += attempt.status == 0 ? "-" : std::to_string(attempt.status);
  }
  return text;
}

void drop_nulls(json& object) {
  for (auto it = object.begin(); it != object.end();) it = it->is_null() ? object.erase(it) : std::next(it);
}

// The first line of that name, in any case; as in Kong '_' also finds '-'. Null: there is none.
json first_line(const HeaderViews& headers, std::string_view name) {
  const auto is_named = [&](const auto& header) {
    return std::ranges::equal(header.first, name, [](char there, char asked) {
      return to_lower(there) == to_lower(asked) || (there == '-' && asked == '_');
    });
  };
  const auto found = std::ranges::find_if(headers, is_named);
  return found == headers.end() ? json() : json(std::string(found->second));
}

// Null: nil.
json value_of(const policy::LuaExpression& expression, const AccessFacts& facts) {
  if (const bool* flag = std::get_if<bool>(&expression)) return *flag;
  if (const double* number = std::get_if<double>(&expression)) return config::number_json(*number);
  if (const std::string* text = std::get_if<std::string>(&expression)) return *text;
  const auto* header = std::get_if<policy::RequestHeader>(&expression);
  return header == nullptr ? json() : first_line(facts.request_headers, header->name);
}

// The trace's id in each format in which the origin was told.
json trace_ids(const TraceContext& trace) {
  json ids = json::object();
  for (size_t i = 0; i < kTraceFormats; ++i) {
    const auto format = static_cast<TraceFormat>(i);
    if (!trace.is_told(format)) continue;
    const std::span<const uint8_t> id = trace.id_in(format);
    const bool single = format == TraceFormat::kB3Single;
    ids[std::string(policy::to_text(single ? TraceFormat::kB3 : format))] =
        format == TraceFormat::kDatadog ? fmt::to_string(id_number(id.first<8>()))
                                        : fmt::format("{:02x}", fmt::join(id, ""));
  }
  return ids;
}

}  // namespace

template <typename Entity>
const json& AccessJson::entity(const Entity& e) {
  const auto [found, added] = entities_.try_emplace(&e);
  if (added) {
    json printed = config::described_json(e, config::SecretStyle::kRedacted, &policy_);
    drop_nulls(printed);
    printed["created_at"] = printed["updated_at"] = loaded_at_.seconds();
    found->second = std::move(printed);
  }
  return found->second;
}

json AccessJson::object(const AccessFacts& facts) {
  const AccessRecord& r = facts.record;
  json line = {{"request", request_json(facts)},
               {"response", response_json(facts)},
               {"latencies", latencies_json(r)},
               {"client_ip", r.client_address.to_string()},
               {"started_at", r.header.started.milliseconds()},
               {"source", facts.from_origin() ? "upstream" : "kong"},
               {"upstream_uri", upstream_uri(facts)},
               {"upstream_status", upstream_status(facts)},
               {"workspace", kWorkspaceId},
               {"workspace_name", "default"}};
  if (facts.route != nullptr) {
    line["route"] = entity(*facts.route);
    line["tries"] = tries_json(facts);
  }
  if (facts.service != nullptr) line["service"] = entity(*facts.service);
  for (const char* part : {"route", "service"}) {
    if (line.contains(part)) line[part]["ws_id"] = kWorkspaceId;
  }
  if (facts.consumer != nullptr) {
    json consumer;
    for (const char* field : {"id", "username", "custom_id", "tags", "created_at", "updated_at"}) {
      const json& all = entity(*facts.consumer);
      if (all.contains(field)) consumer[field] = all[field];
    }
    line["consumer"] = std::move(consumer);
  }
  if (const std::string_view id = r.credential_id.view(); !id.empty()) {
    line["authenticated_entity"] = {{"id", std::string(id)}};
  }
  if (r.trace.told_formats != 0) line["trace_id"] = trace_ids(r.trace);
  if (!facts.correlation_id.empty()) line["correlation_id"] = std::string(facts.correlation_id);
  return line;
}

void set_custom_fields(json& object, const policy::CustomFields& fields, const AccessFacts& facts) {
  for (const policy::NamedValue& field : fields) {
    const auto expression = policy::parse_lua_expression(field.value);
    json* node = &object;
    std::string_view name = field.name;
    for (size_t dot = name.find('.', 1); dot != std::string_view::npos && node != nullptr; dot = name.find('.', 1)) {
      json& inner = (*node)[std::string(name.substr(0, dot))];
      if (inner.is_null()) inner = json::object();
      node = inner.is_object() ? &inner : nullptr;
      name.remove_prefix(dot + 1);
    }
    if (node == nullptr || !expression) continue;
    json value = value_of(*expression, facts);
    if (value.is_null()) {
      node->erase(std::string(name));
    } else {
      (*node)[std::string(name)] = std::move(value);
    }
  }
}

std::string to_line(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace sluice::control
