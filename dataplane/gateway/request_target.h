// Parts of a request's target and of its Host header (RFC 3986 3.2, RFC 9112 3.2).
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

#include "sluice/units.h"

namespace sluice::gateway {

struct Authority {
  std::string_view host;  // with the brackets of an IPv6 address
  std::optional<Port> port;
};

// A port that is no number, or none at all, leaves `port` empty; the host ends before the colon nevertheless.
inline Authority split_authority(std::string_view text) {
  const size_t after_address = text.starts_with('[') ? text.find(']') : 0;
  const size_t colon = text.find(':', after_address == std::string_view::npos ? 0 : after_address);
  Authority authority{text.substr(0, colon), std::nullopt};
  if (colon == std::string_view::npos) return authority;
  uint16_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, value);
  if (error == std::errc() && stop == end) authority.port = Port{value};
  return authority;
}

// Path and query of a target as it was sent, in origin-form or absolute-form. "/" where it has neither.
inline std::string_view path_and_query(std::string_view target) {
  if (target.starts_with('/')) return target;
  const size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return target;
  const size_t path = target.find('/', scheme_end + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace sluice::gateway
