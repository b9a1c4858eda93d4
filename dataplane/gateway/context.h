// Context: the gateway stage's state of one exchange: which route won, who the consumer is, where it will go.
//
// Owned by the exchange, filled by the router, then by the plugins in their order. Pointers are into the snapshot that
// the exchange pins.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "http/request_context.h"
#include "sluice/access_record.h"

namespace sluice::policy {
struct Route;
struct Service;
}  // namespace sluice::policy

namespace sluice::gateway {

struct Consumer;      // gateway/consumers.h
class Plugin;         // gateway/plugin.h
struct PluginNote;    // gateway/plugins/plugin_notes.h
struct RouteVariant;  // gateway/route_variant.h

// Who was authenticated, and by what.
struct Authentication {
  const Consumer* consumer = nullptr;      // nullptr: nobody
  std::string_view credential_id;          // the credential's id; empty: no credential (anonymous counts as none)
  std::string_view credential_identifier;  // what X-Credential-Identifier says; empty: absent
  bool anonymous = false;
  bool by_authorization = false;  // the credential stood in Authorization: that field tells the origin nothing else
};

// One named or numbered group of the route's regex, as templates and header rules read it.
struct Capture {
  std::string_view name;  // empty for one that has none
  uint8_t number = 0;     // 1 is the first group; named groups have one too
  std::string_view value;
};

// Where the request goes after the plugins: starts as the route and service say, may be changed by plugins.
struct UpstreamTarget {
  std::string_view method;  // as the client's
  std::string_view path;    // without query; written to the origin
  std::string_view query;   // without '?'
  bool has_query = false;
  std::string_view host;  // the Host header; empty: the target's own host[:port] (decided by the balancer)
};

// How far the access phase has come, so that it goes on there after a wait.
struct ChainProgress {
  std::span<const Plugin*> collected;                // room for the whole chain, once begun
  size_t count = 0;                                  // of them, those that the chain has passed
  size_t next = 0;                                   // place in the chain
  http::Verdict verdict = http::Verdict::kContinue;  // of the plugins so far, or of whoever ended the wait
  Woken woken = Woken::kNot;                         // for the plugin that runs

  // Lets the plugin that waits run again. REQUIRES: it answered kWait.
  void repeat(Woken how) {
    --next;
    --count;
    verdict = http::Verdict::kContinue;
    woken = how;
  }
};

// What header filters want of the answer's body.
struct AnswerBody {
  size_t most_bytes = 0;  // body_filter() is to have it whole, as long as it is not longer; 0: nobody wants it
  bool dropped = false;   // a header filter has replaced the answer by one without a body
};

struct Context {
  explicit Context(http::RequestContext& h) : http(h) {}

  http::RequestContext& http;
  const policy::Route* route = nullptr;
  const policy::Service* service = nullptr;
  const RouteVariant* route_variant = nullptr;  // which of the route's paths won
  std::span<const Capture> captures;            // groups that took part, by number
  std::string_view path;                        // of the request, normalised: what the router matched
  std::string_view matched_prefix;              // what strip_path removed; empty: nothing
  Authentication authentication;
  UpstreamTarget upstream;

  // The plugins whose header filters run on the answer, in their order: those of every request until the chain of the
  // route was run (PluginChains::access).
  std::span<const Plugin* const> plugins;
  ChainProgress chain;
  AnswerBody answer_body;
  // What plugins remember until then, newest first.
  const PluginNote* notes = nullptr;
  // For the latency headers: when the request was last handed to an origin, and so that one was. Set by the exchange.
  std::optional<Instant> proxied;
  TraceContext trace;
  std::string_view correlation_id;  // of the plugin of that name, for the logs; empty: it did not run
};

}  // namespace sluice::gateway
