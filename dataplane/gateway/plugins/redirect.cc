#include "gateway/plugins/redirect.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gateway/errors.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/made.h"
#include "gateway/text.h"
#include "http/characters.h"
#include "http/url.h"

namespace sluice::gateway {

namespace {

// WHATWG URL: what stays as it is in a path, and in a query.
constexpr http::CharacterSet kPathBytes =
    http::CharacterSet("!=|~").with_range('$', ';').with_range('@', '_').with_range('a', 'z');
constexpr http::CharacterSet kQueryBytes = http::CharacterSet("!$%&=").with_range('(', ';').with_range('?', '~');

// A backslash is a slash to a browser, so it is one here.
std::string_view encode_path(Arena& arena, std::string_view path) {
  const std::span<char> room = arena.try_array<char>(path.size());
  if (room.empty()) return {};
  std::ranges::replace_copy(path, room.begin(), '\\', '/');
  return http::percent_encode(arena, {room.data(), room.size()}, kPathBytes);
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return lowered;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

// As a browser would write it: scheme and host in lower case, a default port not told.
std::string origin_of(const policy::LocationParts& location) {
  std::string origin = lower(location.scheme);
  const std::string_view default_port = origin == "http" ? "80" : origin == "https" ? "443" : "";
  origin += "://";
  origin += location.user;
  origin += lower(location.host);
  if (!location.port.empty() && location.port != default_port) origin += ":" + std::string(location.port);
  return origin;
}

class Redirect final : public Plugin {
 public:
  explicit Redirect(const policy::RedirectConfig& config) : config_(config) {
    const policy::LocationParts location = policy::split_location(config.location);
    origin_ = origin_of(location);
    fragment_ = location.rest.substr(std::min(location.rest.find('#'), location.rest.size()));
  }

  http::Verdict access(Context& context) const override {
    const std::string_view location = config_.keep_incoming_path ? with_incoming_path(context) : config_.location;
    if (location.data() == nullptr || !context.http.answer.head.headers.set("Location", location)) {
      return answer_unexpected(context);
    }
    context.http.worker.count(Counter::kGatewayRedirected);
    return answer_body(context.http, config_.status_code, {}, "redirecting");
  }

 private:
  // The path as it came, the query as plugins have left it. data() == nullptr: out of memory.
  std::string_view with_incoming_path(Context& context) const {
    Arena& arena = context.http.arena;
    std::string_view query = context.upstream.query;
    if (query.starts_with('?')) query.remove_prefix(1);
    return concat(arena, {origin_, encode_path(arena, context.path), query.empty() ? "" : "?",
                          query.empty() ? "" : http::percent_encode(arena, query, kQueryBytes),
                          fragment_.empty() ? "" : fragment_});
  }

  const policy::RedirectConfig& config_;
  std::string origin_;         // of the location: scheme and authority
  std::string_view fragment_;  // of the location, with its '#'
};

}  // namespace

MadePlugin make_plugin(const policy::RedirectConfig& config, const PluginEnvironment&) {
  // A browser, and Kong, would write such a host by IDNA, which is not there.
  if (config.keep_incoming_path && !is_ascii(policy::split_location(config.location).host)) {
    return std::string("location: expected a host in ASCII with keep_incoming_path: write it in its form of xn--");
  }
  return made<Redirect>(config);
}

}  // namespace sluice::gateway
