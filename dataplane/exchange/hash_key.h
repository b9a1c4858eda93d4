// HashKey: what of a request a consistent-hashing upstream hashes: its consumer, address, header, cookie, path, query
// argument or route capture, or the upstream's second choice where the first is absent.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/context.h"
#include "http/message.h"
#include "sluice/policy/upstream.h"

namespace sluice::exchange {

struct HashKey {
  std::string_view text;        // empty: nothing to hash; such requests stay together, as in Kong
  std::string_view set_cookie;  // Set-Cookie for a client that has no cookie to hash yet; empty: none
};

// Lives in the request's arena. None: out of memory. REQUIRES: the plugins have run.
std::optional<HashKey> hash_key(const policy::Upstream& upstream, const gateway::Context& context);

// Adds `set_cookie` to an answer, in place of one that sets the same cookie. False: out of memory.
[[nodiscard]] bool add_cookie(http::Response& response, std::string_view set_cookie);

}  // namespace sluice::exchange
