#include "gateway/plugins/cache_directives.h"

#include <algorithm>
#include <charconv>

#include "http/characters.h"

namespace sluice::gateway {

namespace {

void read_directive(std::string_view name, std::string_view value, CacheDirectives& out) {
  const auto is = [name](std::string_view known) { return http::iequals(name, known); };
  out.no_store |= is("no-store");
  out.no_cache |= is("no-cache");
  out.is_private |= is("private");
  out.only_if_cached |= is("only-if-cached");
  out.is_public |= is("public");
  out.must_revalidate |= is("must-revalidate");
  out.proxy_revalidate |= is("proxy-revalidate");
  if (is("max-age")) out.max_age_s = parse_delta_seconds(value);
  if (is("s-maxage")) out.s_maxage_s = parse_delta_seconds(value);
  if (is("max-stale")) out.max_stale_s = value.empty() ? UINT32_MAX : parse_delta_seconds(value);
  if (is("min-fresh")) out.min_fresh_s = parse_delta_seconds(value);
}

}  // namespace

std::optional<uint32_t> parse_delta_seconds(std::string_view text) {
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) text = text.substr(1, text.size() - 2);
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  return error == std::errc::result_out_of_range ? UINT32_MAX : value;
}

CacheDirectives read_cache_control(const http::HeaderMap& headers) {
  CacheDirectives found;
  for (const http::Header& header : headers.all()) {
    if (!http::iequals(header.name, "Cache-Control")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::string_view directive = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(directive.size() + 1, rest.size()));
      const size_t equals = std::min(directive.find('='), directive.size());
      const std::string_view value = directive.substr(std::min(equals + 1, directive.size()));
      read_directive(http::trim(directive.substr(0, equals)), http::trim(value), found);
    }
  }
  return found;
}

}  // namespace sluice::gateway
