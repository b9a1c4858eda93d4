// Context: the gateway stage's state of one exchange: which route won, who the consumer is, where it will go.
//
// Owned by the exchange, filled by the router, then by the plugins in their order. Pointers are into the snapshot that
// the exchange pins.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "http/request_context.h"

namespace sluice::policy {
struct Route;
struct Service;
}  // namespace sluice::policy

namespace sluice::gateway {

struct Consumer;  // gateway/consumers.h

// Who was authenticated, and by what.
struct Authentication {
  const Consumer* consumer = nullptr;      // nullptr: nobody
  std::string_view credential_id;          // the credential's id; empty: no credential (anonymous counts as none)
  std::string_view credential_identifier;  // what X-Credential-Identifier says; empty: absent
  bool anonymous = false;
};

// One named or numbered group of the route's regex, as templates and header rules read it.
struct Capture {
  std::string_view name;  // empty for a numbered one
  uint8_t number = 0;
  std::string_view value;
};

// Where the request goes after the plugins: starts as the route and service say, may be changed by plugins.
struct UpstreamTarget {
  std::string_view path;   // without query; written to the origin
  std::string_view query;  // without '?'
  bool has_query = false;
  std::string_view host;   // the Host header; empty: the target's own host[:port] (decided by the balancer)
};

struct Context {
  explicit Context(http::RequestContext& h) : http(h) {}

  http::RequestContext& http;
  const policy::Route* route = nullptr;
  const policy::Service* service = nullptr;
  std::span<const Capture> captures;
  std::string_view matched_prefix;  // what strip_path removed; empty: nothing
  Authentication authentication;
  UpstreamTarget upstream;
};

}  // namespace sluice::gateway
