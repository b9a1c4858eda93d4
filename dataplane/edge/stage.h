// Stage: the edge stage of one policy: header schema, keys and rules, compiled and ready to serve.
//
// Compiled on the control side, part of the snapshot, immutable, shared by all workers; what one request needs stands
// in its Context. The exchange calls, in this order:
//
// - on_client_request(context) after gateway::resolve_client(), before the gateway stage. kAnswer: refused, redirected
//   or answered here;
// - on_origin_request(…) on the request as it is about to go to an origin;
// - on_client_response(context, …) on whatever answer goes to the client, those of the edge itself included.
//
// These are the points at which a program may later answer kWait; rules never do. Nothing here allocates from the heap,
// reads a clock of its own or waits, but for OpenSSL's temporaries when a token is seen for the first time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "edge/compile_error.h"
#include "edge/context.h"
#include "edge/rule.h"
#include "edge/rule_index.h"
#include "http/name_set.h"
#include "sluice/policy/edge.h"
#include "sluice/result.h"
#include "token/key_set.h"

namespace sluice::edge {

class Stage {
 public:
  // All mistakes at once. REQUIRES: `edge` outlives the stage.
  static Result<std::unique_ptr<const Stage>, std::vector<CompileError>> compile(const policy::Edge& edge);

  // Strips what only the edge may set, then takes the rules in the order of the policy. Each that matches the request
  // as the rules before it left it does all it says: strip, verify, enrich, rewrite; a failed verification, a redirect
  // or a direct answer ends the matter with kAnswer and http.answer filled.
  // REQUIRES: http.client, http.scratch and http.verified_tokens are set.
  http::Verdict on_client_request(Context& context) const;

  // Takes away the headers of the schema that are not for origins.
  void on_origin_request(http::Request& request) const;
  // A request's trailer field of this name may go to an origin: it is none of the schema that a client may not send or
  // an origin may not see, and none that a rule strips, be it for this request or another.
  bool may_trail(std::string_view name) const {
    return !edge_only_.contains(name) && !not_to_origin_.contains(name) && !stripped_.contains(name);
  }

  // Removes and sets headers as the rules that matched the request say. False: out of memory.
  [[nodiscard]] bool on_client_response(Context& context, http::Response& response) const;

  // What on_client_request does with this request, a line each, for sluicectl; runs it in earnest on `context`, so give
  // it a request and counters of its own. Control side: allocates.
  std::vector<std::string> explain(Context& context) const;

 private:
  Stage() = default;
  void compile_key(const policy::EdgeKey& from, std::vector<CompileError>& errors);
  static http::Verdict normalise(Context& context);
  http::Verdict apply_rules(Context& context) const;

  std::vector<SourcedKey> keys_;  // complete before rules point to them
  http::NameSet edge_only_;       // headers that a client may not send
  http::NameSet not_to_origin_;   // headers that an origin may not see
  http::NameSet stripped_;        // headers that some rule strips
  std::vector<Rule> rules_;
  RuleIndex index_;
  bool reads_path_ = false;  // some rule looks at the path
};

}  // namespace sluice::edge
