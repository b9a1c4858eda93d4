// Which path the origin sees: the service's own path joined with the request's, as Kong does it (both path_handling
// values alike: its traditional_compatible router knows v0 alone).
#pragma once

#include <string_view>

#include "base/arena.h"

namespace sluice::gateway {

struct PathJoin {
  std::string_view service_path;  // begins with '/'
  std::string_view request_path;  // normalised, begins with '/'
  size_t matched_length = 0;      // bytes of request_path that the route's prefix or regex matched; 0: none
  bool strip = false;             // strip_path
};

// Not escaped yet (http::escape_path). data() == nullptr: the arena is exhausted.
[[nodiscard]] std::string_view join_upstream_path(Arena& arena, const PathJoin& join);

}  // namespace sluice::gateway
