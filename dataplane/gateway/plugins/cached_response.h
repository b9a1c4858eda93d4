// CachedResponse: an answer as proxy-cache keeps it, and as bytes in the store.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "http/message.h"

namespace sluice::gateway {

struct CachedResponse {
  int64_t stored_s = 0;       // seconds since 1970
  int64_t arrival_age_s = 0;  // how old it was then
  int64_t ttl_s = 0;          // until which age it is good
  int64_t kept_until_ms = 0;  // since 1970: when it is as if it were not there
  uint16_t status = 0;
  http::HeaderMap headers;
  std::string_view body;

  explicit CachedResponse(Arena& arena) : headers(arena) {}
};

// All but the body, as bytes; the body follows them in the store. data() == nullptr: no room.
[[nodiscard]] std::string_view encode_head(Arena& arena, const CachedResponse& response);

// What encode_head() and a body made; its texts are views of `bytes`. Nothing: no room.
std::optional<CachedResponse> decode_response(Arena& arena, std::string_view bytes);

}  // namespace sluice::gateway
