// The authority of a request's target or Host header (RFC 3986 section 3.2, RFC 9110 section 7.2), taken apart. One
// function for all stages: two that differ could be played against each other.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

#include "sluice/units.h"

namespace sluice::http {

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

}  // namespace sluice::http
