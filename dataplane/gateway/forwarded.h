// Forwarded: who the client is when proxies stand before us, and what we tell the origin about it.
//
// Kong's rules: X-Forwarded-* and the real-IP header are believed only from trusted_ips; the client's own are replaced
// otherwise.
#pragma once

#include <string>
#include <vector>

#include "gateway/context.h"
#include "gateway/header_fields.h"
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

// The scheme and the host that the client used, as far as they can be believed: of this connection and of Host (without
// its port and a dot at its end, in lower case), or what a trusted proxy says in X-Forwarded-Proto and -Host, as it
// stands.
std::string_view forwarded_proto(const http::RequestContext& http);
std::string_view forwarded_host(const http::RequestContext& http);

// Sets X-Real-IP, X-Forwarded-*, Via and X-Kong-Request-Id for the origin. False: out of memory.
[[nodiscard]] bool set_forwarded_headers(Context& context, std::string_view product);

}  // namespace sluice::gateway
