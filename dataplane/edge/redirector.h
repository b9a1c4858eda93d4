// Redirector: the answer that sends the client elsewhere (RFC 9110 section 15.4).
//
// Compiled from policy::Redirect on the control side, immutable afterwards.
#pragma once

#include <cstdint>

#include "edge/compile_error.h"
#include "edge/context.h"
#include "edge/substitution.h"
#include "sluice/policy/edge_actions.h"

namespace sluice::edge {

class Redirector {
 public:
  // group_count: groups of the rule's match.path_regex, 0 without one.
  Redirector(const policy::Redirect& redirect, uint32_t group_count, Complainer& complainer);

  // Answers; what `groups` hold is percent-encoded in the Location.
  http::Verdict run(Context& context, const Groups& groups) const;

 private:
  std::string_view location(const Context& context, Groups groups) const;

  uint16_t status_;
  bool keep_query_;
  bool has_query_ = false;  // the location has a '?' of its own
  Substitution location_;
};

}  // namespace sluice::edge
