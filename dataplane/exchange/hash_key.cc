#include "exchange/hash_key.h"

#include <algorithm>
#include <array>
#include <span>

#include "gateway/consumers.h"
#include "gateway/cookie.h"
#include "gateway/plugins/query.h"
#include "gateway/random_uuid.h"
#include "gateway/text.h"

namespace sluice::exchange {

namespace {

using Text = std::optional<std::string_view>;

// One of the upstream's two choices.
struct Source {
  policy::HashOn on;
  const std::optional<std::string>& header;
  const std::optional<std::string>& query_arg;
  const std::optional<std::string>& uri_capture;
};

// Several values become one text, each two joined by `separator`. data() == nullptr: out of memory.
std::string_view join(Arena& arena, std::span<const std::string_view> values, std::string_view separator) {
  std::string_view joined = values[0];
  for (const std::string_view value : values.subspan(1)) joined = gateway::concat(arena, {joined, separator, value});
  return joined;
}

// What of several values counts; the rest is left out of the key.
struct Values {
  std::array<std::string_view, 16> texts;
  size_t size = 0;

  void add(std::string_view text) {
    if (size < texts.size()) texts[size++] = text;
  }
  Text join_in(Arena& arena, std::string_view separator) const {
    if (size == 0) return std::nullopt;
    return join(arena, std::span(texts).first(size), separator);
  }
};

// A consumer, else the credential.
Text consumer_of(const gateway::Context& context) {
  const gateway::Authentication& who = context.authentication;
  if (who.consumer != nullptr) return who.consumer->id;
  return who.credential_id.empty() ? std::nullopt : Text(who.credential_id);
}

Text header_of(const gateway::Context& context, std::string_view name) {
  Values values;
  for (const http::Header& header : context.http.request.headers.all()) {
    if (http::iequals(header.name, name)) values.add(header.value);
  }
  return values.join_in(context.http.arena, ", ");
}

// Repeated ones in the order of their values; one without a value counts as "true" (Kong's Lua).
Text argument_of(const gateway::Context& context, std::string_view name) {
  Arena& arena = context.http.arena;
  Values values;
  http::QueryReader reader(context.upstream.query);
  while (const auto argument = reader.next()) {
    if (gateway::is_named(arena, *argument, name)) {
      values.add(gateway::decoded_value(arena, *argument).value_or("true"));
    }
  }
  std::sort(values.texts.begin(), values.texts.begin() + values.size);
  return values.join_in(arena, ",");
}

Text capture_of(const gateway::Context& context, std::string_view name) {
  for (const gateway::Capture& capture : context.captures) {
    if (capture.name == name) return capture.value;
  }
  return std::nullopt;
}

Text address_of(const gateway::Context& context) {
  std::array<char, IpAddress::kMaxTextLength> text;
  return context.http.arena.try_copy(context.http.client.address.format(text));
}

// Kong writes Same-Site as it stands here.
std::optional<HashKey> new_cookie(const policy::Upstream& upstream, const http::RequestContext& http) {
  gateway::UuidText text;
  const std::string_view id = http.arena.try_copy(gateway::format(gateway::random_uuid(http.worker.random), text));
  const std::string_view cookie = gateway::concat(
      http.arena,
      {*upstream.hash_on_cookie, "=", id, "; Path=", upstream.hash_on_cookie_path, "; Same-Site=Lax; HttpOnly"});
  if (cookie.data() == nullptr) return std::nullopt;
  return HashKey{id, cookie};
}

Text text_of(const Source& source, const gateway::Context& context) {
  switch (source.on) {
    case policy::HashOn::kConsumer:
      return consumer_of(context);
    case policy::HashOn::kIp:
      return address_of(context);
    case policy::HashOn::kHeader:
      return header_of(context, *source.header);
    case policy::HashOn::kPath:
      return context.path;
    case policy::HashOn::kQueryArg:
      return argument_of(context, *source.query_arg);
    case policy::HashOn::kUriCapture:
      return capture_of(context, *source.uri_capture);
    case policy::HashOn::kCookie:
    case policy::HashOn::kNone:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<HashKey> hash_key(const policy::Upstream& upstream, const gateway::Context& context) {
  const Source sources[] = {
      {upstream.hash_on, upstream.hash_on_header, upstream.hash_on_query_arg, upstream.hash_on_uri_capture},
      {upstream.hash_fallback, upstream.hash_fallback_header, upstream.hash_fallback_query_arg,
       upstream.hash_fallback_uri_capture}};
  for (const Source& source : sources) {
    if (source.on == policy::HashOn::kCookie) {
      const Text cookie = gateway::find_cookie(context.http.request.headers, *upstream.hash_on_cookie);
      return cookie ? HashKey{*cookie, {}} : new_cookie(upstream, context.http);
    }
    if (const Text text = text_of(source, context)) {
      if (text->data() == nullptr) return std::nullopt;
      return HashKey{*text, {}};
    }
  }
  return HashKey{};
}

bool add_cookie(http::Response& response, std::string_view set_cookie) {
  const std::string_view name = set_cookie.substr(0, set_cookie.find('=') + 1);
  for (http::Header& header : response.headers.all()) {
    if (!http::iequals(header.name, "Set-Cookie") || !header.value.starts_with(name)) continue;
    header.value = set_cookie;
    return true;
  }
  return response.headers.add("Set-Cookie", set_cookie);
}

}  // namespace sluice::exchange
