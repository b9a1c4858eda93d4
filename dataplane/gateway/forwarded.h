// Forwarded: who the client is when proxies stand before us, and what we tell the origin about it.
//
// Kong's rules: X-Forwarded-* and the real-IP header are believed only from trusted_ips; the client's own are replaced
// otherwise. Hop-by-hop fields (RFC 9110 7.6.1), and those that Connection names, pass in neither direction.
#pragma once

#include <string>
#include <vector>

#include "gateway/context.h"
#include "http/request_context.h"
#include "match/cidr_set.h"
#include "sluice/ip_address.h"

namespace sluice::gateway {

// Whom a listener believes. Compiled once from the node file, outlives all snapshots.
struct TrustedProxies {
  match::CidrSet addresses;
  std::string real_ip_header = "X-Real-IP";  // where a trusted proxy says who the client is
  bool recursive = false;                    // of a list, the last address that is not trusted instead of the last
};

// Who sent `request`, called by the exchange before the first stage. An address that cannot be read in the real-IP
// header leaves the peer's.
http::ClientInfo resolve_client(const TrustedProxies& trusted, const http::Request& request, const Endpoint& peer,
                                const Endpoint& local, bool secure);

// True when the client speaks TLS to us, or to the trusted proxy before us (X-Forwarded-Proto: https).
bool is_https(const http::RequestContext& http);

// Removes hop-by-hop fields and those that Connection names. An Upgrade that both sides agree on is the exchange's
// matter: it adds Connection and Upgrade again.
void remove_hop_by_hop(http::HeaderMap& headers);

// Sets X-Real-IP, X-Forwarded-*, Via and X-Kong-Request-Id for the origin. False: out of memory.
[[nodiscard]] bool set_forwarded_headers(Context& context, std::string_view product);

}  // namespace sluice::gateway
