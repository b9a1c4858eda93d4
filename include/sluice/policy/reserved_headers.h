// Headers that no edge rule may set or take away: sessions write them. The loader asks, so that `sluice --check` says
// it, and the edge stage, which trusts nobody with them (RFC 9110 section 7.6.1, RFC 9112 section 6).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "sluice/ascii.h"

namespace sluice::policy {

// It says where the message ends, or belongs to one connection.
constexpr bool frames_the_message(std::string_view header) {
  constexpr std::array<std::string_view, 8> kNames = {
      "connection", "content-length", "keep-alive",        "proxy-connection",
      "te",         "trailer",        "transfer-encoding", "upgrade"};
  return std::ranges::any_of(kNames, [&](std::string_view name) { return is_lower_of(name, header); });
}

// Of a request also the host, which `rewrite.host` changes, and the body's expectation.
constexpr bool is_reserved_in_requests(std::string_view header) {
  return frames_the_message(header) || is_lower_of("host", header) || is_lower_of("expect", header);
}

}  // namespace sluice::policy
