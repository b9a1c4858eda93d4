// Rule: one rule of the edge section, ready to run: for which requests, and what it does, in the order of its fields.
//
// Compiled from policy::EdgeRule on the control side, immutable afterwards.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "edge/compile_error.h"
#include "edge/context.h"
#include "edge/enricher.h"
#include "edge/matcher.h"
#include "edge/redirector.h"
#include "edge/rewriter.h"
#include "edge/token_check.h"
#include "http/name_set.h"
#include "sluice/policy/edge.h"

namespace sluice::edge {

class Rule {
 public:
  // REQUIRES: `rule`, `schema` and `keys` outlive the rule; the keys do not move.
  Rule(const policy::EdgeRule& rule, const policy::HeaderSchema& schema, const std::vector<SourcedKey>& keys,
       std::vector<CompileError>& errors);

  std::string_view name() const { return rule_->name; }
  // The rule needs Context::path.
  bool reads_path() const { return match_->reads_path() || (rewriter_ && rewriter_->changes_path()); }

  // What the index of rules asks of this one.
  RuleIndex::Keys keys() const { return match_->keys(); }
  // The rule may change what the index looks at.
  bool moves_the_request() const { return rewriter_ && (rewriter_->changes_path() || rule_->rewrite->host); }
  // Whether the rule is for this request, if the index says so too.
  Matcher::Fit fit(const Context& context, Groups& groups) const { return match_->fit(context, groups); }

  // Does all that the rule says. kAnswer: the request is refused, redirected or answered. REQUIRES: the index has
  // selected the rule and fit(context, groups) was kFound just now.
  http::Verdict apply(Context& context, const Groups& groups) const;

 private:
  void check_headers(Complainer& complainer) const;

  [[nodiscard]] bool note_response_headers(Context& context) const;
  http::Verdict rewrite(Context& context) const;
  http::Verdict respond(Context& context) const;

  const policy::EdgeRule* rule_;
  http::NameSet strip_;
  std::optional<Matcher> match_;
  std::optional<TokenCheck> check_;
  std::vector<Enricher> enrichers_;
  std::optional<Rewriter> rewriter_;
  std::optional<Redirector> redirector_;
};

// Takes away the request headers in `names`, and counts them.
void strip(http::RequestContext& http, const http::NameSet& names);

}  // namespace sluice::edge
