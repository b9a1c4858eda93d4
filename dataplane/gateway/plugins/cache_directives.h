// Cache-Control (RFC 9111 5.2), as far as proxy-cache looks at it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/header_map.h"

namespace sluice::gateway {

struct CacheDirectives {
  bool no_store = false;
  bool no_cache = false;
  bool is_private = false;
  bool only_if_cached = false;
  bool is_public = false;
  bool must_revalidate = false;
  bool proxy_revalidate = false;
  std::optional<uint32_t> max_age_s;
  std::optional<uint32_t> s_maxage_s;
  std::optional<uint32_t> max_stale_s;  // the largest there is where it stands without a number: of any age
  std::optional<uint32_t> min_fresh_s;
};

// Delta-seconds (RFC 9111 1.2.2), also in quotes; what is larger than the type is as large as it gets.
std::optional<uint32_t> parse_delta_seconds(std::string_view text);

// Of all Cache-Control lines together; what is not understood is passed over.
CacheDirectives read_cache_control(const http::HeaderMap& headers);

}  // namespace sluice::gateway
