// What requests must have in common to get one answer: consumer, route, method, path, arguments, headers.
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

// The arguments are those that the origin would see, the path is the client's, both as in Kong. Unlike Kong's the key
// has the route beside the consumer: hosts and headers tell routes of one path apart, and so must their answers be.
// Nothing: out of memory.
std::optional<CacheKey> make_cache_key(Context& context, const policy::ProxyCacheConfig& config);

}  // namespace sluice::gateway
