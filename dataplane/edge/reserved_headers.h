// Headers that no rule may set or take away: they frame the message, and sessions write them (RFC 9112 section 6).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "http/header_map.h"

namespace sluice::edge {

inline bool frames_the_message(std::string_view header) {
  constexpr std::array<std::string_view, 7> kNames = {"connection", "content-length",    "keep-alive", "te",
                                                      "trailer",    "transfer-encoding", "upgrade"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) { return http::iequals(name, header); });
}

// Of a request also the host, which `rewrite.host` changes, and the body's expectation.
inline bool is_reserved_in_requests(std::string_view header) {
  return frames_the_message(header) || http::iequals(header, "host") || http::iequals(header, "expect");
}

}  // namespace sluice::edge
