// Router: which route does a request take? Kong's "traditional_compatible" router: of all routes that match, the one of
// the highest priority, and of equal ones that of the higher id.
//
// Compiled on the control side, part of the snapshot, immutable, shared by all workers. What routes ask for (a host, a
// path, a header value, a server name) is numbered; a request is turned into the few numbers that it has, and their
// combinations are looked up. So the cost depends on the request, not on how many routes there are. Regexes are scanned
// for once, with Hyperscan, and only when a regex route could still win; see docs/router.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/compile_error.h"
#include "gateway/context.h"
#include "gateway/header_rules.h"
#include "gateway/route_variant.h"
#include "match/hyperscan_database.h"
#include "match/scratch.h"
#include "sluice/policy/policy.h"
#include "sluice/result.h"
#include "sluice/units.h"

namespace sluice::gateway {

// What a router looks at.
struct RouteQuery {
  std::string_view method;
  std::string_view path;  // normalised
  std::string_view host;  // without a port; empty: none was sent
  Port port;              // of the Host header; the listener's where it names none
  const http::HeaderMap& headers;
  bool https = false;
  std::string_view sni;  // the server name of the TLS client; empty: none
};

// `path`: that of the request, normalised.
RouteQuery make_query(const http::RequestContext& http, std::string_view path);

struct RouterTables;  // gateway/router_tables.h

struct RouteMatch {
  const RouteVariant* variant = nullptr;
  std::string_view
      matched_path;  // the prefix, or what the regex matched; a part of query.path; empty: no path asked for
  std::span<const Capture> captures;
};

class Router {
 public:
  enum class Outcome : uint8_t {
    kFound,
    kNotFound,  // or what routes ask for is not UTF-8: find_broken()
    // The right route is not known, so none is taken:
    kNoMemory,
    kGivenUp,  // a regex took too much work
  };

  // The plan is grown to serve the router's patterns. databases: what earlier policies' regexes were compiled to, or
  // nullptr. REQUIRES: the policy outlives the router.
  static Result<std::unique_ptr<const Router>, CompileErrors> compile(const policy::Policy& policy,
                                                                      match::ScratchPlan& plan,
                                                                      match::DatabaseMemory* databases = nullptr);
  ~Router();

  // On kFound fills `match`, which must be empty; its captures live in the arena.
  Outcome find(const RouteQuery& query, Arena& arena, match::Scratch& scratch, RouteMatch& match) const;

  // What of a request is not UTF-8 although routes ask for it: "the path", "header X-A". Then no route matches, as
  // Kong's router has none for such a request. Nothing: all is well. For explanations.
  std::optional<std::string> find_broken(const RouteQuery& query) const;

  // All that can match, the best first. A variant's place is its rank.
  std::span<const RouteVariant> variants() const { return variants_; }

 private:
  friend class RouterBuilder;
  struct Facts;

  Router(std::vector<RouteVariant> variants, std::unique_ptr<const RouterTables> tables);

  // find() and its steps; nothing: done.
  std::optional<Undecided> decide(const RouteQuery& query, Arena& arena, match::Scratch& scratch,
                                  RouteMatch& match) const;
  std::optional<Undecided> collect(const RouteQuery& query, Arena& arena, match::Scratch& scratch, Facts& facts) const;
  std::optional<Undecided> search_regexes(const RouteQuery& query, const Facts& facts, match::Scratch& scratch,
                                          uint32_t& best) const;
  std::optional<Undecided> describe(const RouteQuery& query, Arena& arena, match::Scratch& scratch,
                                    RouteMatch& match) const;
  bool has_broken_path(const RouteQuery& query) const;
  void search(const Facts& facts, PathKind kind, uint32_t path, uint32_t& best) const;
  bool holds(uint32_t rank, const Facts& facts) const;

  std::vector<RouteVariant> variants_;
  std::unique_ptr<const RouterTables> tables_;
};

}  // namespace sluice::gateway
