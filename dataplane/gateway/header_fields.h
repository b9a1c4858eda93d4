// What happens to header fields at a gateway whatever they mean: lists joined, connection fields removed.
#pragma once

#include <optional>
#include <string_view>

#include "http/header_map.h"

namespace sluice::gateway {

// Makes one field of all of this name, their values joined in their order with `value` behind them (RFC 9110 5.3).
// False: out of memory.
[[nodiscard]] bool append_list(http::HeaderMap& headers, std::string_view name, std::string_view value, Arena& arena);

// Removes the fields that concern one connection alone (RFC 9110 7.6.1): Connection and what it names, Keep-Alive,
// Proxy, Proxy-Connection, Transfer-Encoding, TE but for "trailers". `Connection: upgrade` with `Upgrade: websocket`
// stays. Of what Connection names at most kMaxConnectionOptions are looked at.
//
// The exchange does this before any stage runs, so that no client can have a field removed that a stage has set.
// True: Connection named fields.
inline constexpr size_t kMaxConnectionOptions = 64;
bool remove_hop_by_hop(http::HeaderMap& headers);

}  // namespace sluice::gateway
