// What requests must have in common to get one answer: consumer, route, method, path, arguments, headers, and where
// they go.
#pragma once

#include <optional>
#include <string_view>

#include "cache/response_store.h"
#include "gateway/context.h"
#include "sluice/policy/plugins/proxy_cache.h"

namespace sluice::gateway {

struct CacheKey {
  cache::Key key;
  std::string_view text;  // the same as 64 lower-case hex digits, in the arena
};

// Consumer and route, the path as the client wrote it and the arguments as the origin would see them, as in Kong.
// Beyond Kong's: the method, path and host that the origin would see (RFC 9111 2), which plugins may have made of
// anything in the request, and what of `config` decides which requests are alike, so that a reload makes nothing alike
// that was not. Nothing: out of memory.
std::optional<CacheKey> make_cache_key(Context& context, const policy::ProxyCacheConfig& config);

}  // namespace sluice::gateway
