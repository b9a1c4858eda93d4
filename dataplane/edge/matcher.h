// Matcher: which requests a rule is for. All that the rule names must hold. Path prefix and hosts are left to the index
// of all rules (rule_index.h).
//
// Compiled from policy::EdgeMatch on the control side, immutable afterwards.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/compile_error.h"
#include "edge/context.h"
#include "edge/rule_index.h"
#include "edge/substitution.h"
#include "match/pcre_pattern.h"
#include "sluice/policy/edge.h"

namespace sluice::edge {

class Matcher {
 public:
  // REQUIRES: `match` outlives the matcher.
  Matcher(const policy::EdgeMatch& match, Complainer& complainer);

  struct Fit {
    match::Outcome outcome = match::Outcome::kFound;
    const char* field = nullptr;  // that does not hold, or of which it is not known, the first in the order of checking
  };
  // kFound: the rule is for this request as far as the index says so too, and `groups` holds what path_regex found.
  Fit fit(const Context& context, Groups& groups) const;

  // What the index asks. Views of the policy.
  RuleIndex::Keys keys() const { return {path_prefix_, match_->hosts}; }

  // Groups of path_regex, group 0 included; 0 without one.
  uint32_t group_count() const { return path_regex_ ? path_regex_->group_count() : 0; }
  // The rule looks at the path.
  bool reads_path() const { return path_prefix_ || path_regex_; }

 private:
  struct Header {
    const policy::HeaderMatch* match;
    std::optional<match::PcrePattern> regex;
  };

  bool method_matches(std::string_view method) const;
  static match::Outcome header_matches(const Header& wanted, const http::RequestContext& http);

  const policy::EdgeMatch* match_;
  std::optional<std::string> path_prefix_;  // normalised
  std::vector<Header> headers_;
  std::optional<match::PcrePattern> path_regex_;
};

}  // namespace sluice::edge
