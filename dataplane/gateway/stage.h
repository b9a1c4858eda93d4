// Stage: the gateway stage of one policy: router, consumers, plugins, compiled and ready to serve.
//
// Compiled on the control side, part of the snapshot, immutable, shared by all workers; what one request needs stands
// in its Context. The exchange calls it in this order:
//
// - remove_hop_by_hop(), resolve_client() (header_fields.h, forwarded.h), before the edge stage;
// - route(context). kAnswer: no route, or the wrong protocol;
// - access(context): the plugins. kAnswer: one of them answered, or there is no service. kWait: call it again;
// - prepare_upstream(context): http.request becomes the request to the origin;
// - on_response(context, …) with the origin's answer, before it is sent on;
// - filter_body(context, …) with its whole body, where context.answer_body asks for that;
//
// and on every road that ends with an answer of our own (kAnswer from route(), access() or the edge, answer_failure())
// finish_answer(context) before http.answer is sent. Nothing here waits, allocates from the heap, or reads a clock.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/siphash.h"
#include "gateway/compile_error.h"
#include "gateway/consumers.h"
#include "gateway/context.h"
#include "gateway/plugin_chain.h"
#include "gateway/router.h"
#include "gateway/shared_state.h"
#include "http/name_set.h"
#include "match/scratch.h"
#include "sluice/policy/policy.h"
#include "sluice/result.h"

namespace sluice::gateway {

// What a Stage needs beside the policy.
struct CompileEnvironment {
  const SharedState& shared;         // outlives the stage
  std::string_view product;          // "sluice/0.1.0", in Via and Server
  SipKey hash_key;                   // random and secret: for tables that are looked up with what clients send
  match::ScratchPlan& scratch_plan;  // grown; RequestContext::scratch must have been made from it afterwards
  match::DatabaseMemory* databases = nullptr;  // as Router::compile()
};

// Why there is no answer from an origin.
enum class OriginFailure : uint8_t {
  kNoPeer,          // 503: the upstream has no target that may be used
  kNameResolution,  // 503: the service's host has no address
  kBadResponse,     // 502: refused, closed, or not HTTP
  kTimeout,         // 504
  kInternal,        // 500: we failed
};

class Stage {
 public:
  // REQUIRES: `policy` outlives the stage.
  static Result<std::unique_ptr<const Stage>, CompileErrors> compile(const policy::Policy& policy,
                                                                     const CompileEnvironment& environment);

  // Finds the route and says where the request would go: context.route, service, captures, upstream. On kAnswer (404,
  // 426 or a redirect to https) http.answer is filled. REQUIRES: http.client and http.scratch are set.
  http::Verdict route(Context& context) const;

  // Runs the access phase of the route's plugins. On kAnswer http.answer is filled; 503 for a route without a service
  // whose plugins did not answer. kWait: a plugin waits, or http.body is wanted; called again, it goes on there.
  http::Verdict access(Context& context) const;
  // For a request that is not gone on with while access() waits, before it is answered or recorded: the plugins that
  // have not run filter the answer all the same, and log it.
  void leave_access(Context& context) const { chains_->leave(context); }

  // Makes http.request the request that goes to the origin: method, target, and its headers without Host. The exchange
  // puts Host first: context.upstream.host, or the chosen target's own where that is empty. False: out of memory.
  [[nodiscard]] bool prepare_upstream(Context& context) const;

  // A request's trailer field of this name may go to an origin that gets `head`: neither does the head say it, as the
  // stages left it, nor is it what the gateway alone says of a request, nor what a request-transformer takes away, on
  // whichever route. Nobody looks at a trailer but here; '_' equals '-', as to an origin behind CGI (own_names.h).
  bool may_trail(const http::HeaderMap& head, std::string_view name) const;

  // The origin's final answer on its way to the client: hop-by-hop fields go, plugins edit it, our own fields are
  // added. `date`: of now (http::DateCache), copied. False: out of memory. REQUIRES: context.proxied is set.
  [[nodiscard]] bool on_response(Context& context, http::Response& response, std::string_view date) const;

  // What is sent instead of the answer's body, in the arena, or `body` itself.
  static std::string_view filter_body(Context& context, std::string_view body) {
    return PluginChains::body_filter(context, body);
  }

  // Fills http.answer with the error for a request that no origin answered. `context.proxied` tells whether one was
  // tried (Kong's headers differ).
  void answer_failure(Context& context, OriginFailure failure) const;
  // The same for any status that is answered below the plugins (400, 408, 413, 417, …), with Kong's message for it.
  void answer_status(Context& context, uint16_t status) const;

  // Lets the plugins' filters edit http.answer, head and body, and adds our own fields, whoever gave the answer (when
  // route() was not reached, no filter runs). `date`: of now, copied. False: out of memory.
  [[nodiscard]] bool finish_answer(Context& context, std::string_view date) const;

  // Fills and finishes http.answer for a request whose head was refused, so that there is no exchange
  // (RequestHandler::on_refused). As in Kong, the filters of the plugins of every request run on it. False: out of
  // memory. REQUIRES: as route().
  [[nodiscard]] bool refuse(Context& context, uint16_t status, std::string_view date) const;

  // What route() does with this request, and which plugins would follow as long as nobody is authenticated: a line
  // each, for sluicectl. Runs route() in earnest on `context`, so give it a request and counters of its own. Control
  // side: slow, allocates. REQUIRES: as route().
  std::vector<std::string> explain(Context& context) const;

  const Router& router() const { return *router_; }
  const PluginChains& chains() const { return *chains_; }
  const Consumers& consumers() const { return *consumers_; }

 private:
  explicit Stage(std::string product);

  const http::NameSet own_names_;
  http::NameSet taken_away_;   // header names that request-transformers remove or rename
  const std::string product_;  // in Server
  const std::string via_;      // what we add to Via: "1.1 " and the product
  std::unique_ptr<const Consumers> consumers_;
  std::unique_ptr<const PluginChains> chains_;  // its plugins point into consumers_
  std::unique_ptr<const Router> router_;
};

}  // namespace sluice::gateway
