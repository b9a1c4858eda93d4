// QueryEdit: arguments of a query taken away, set (whatever was there goes) and added; the others stay as they
// were sent, in their order, before those that are set and added.
//
// Compiled from policy::QueryRewrite on the control side, immutable afterwards.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "sluice/policy/edge_actions.h"

namespace sluice::edge {

class QueryEdit {
 public:
  explicit QueryEdit(const policy::QueryRewrite& rewrite);

  // Names compare percent-decoded: "%61=1" is an argument "a". False: out of memory.
  [[nodiscard]] bool run(http::Request& request, Arena& arena) const;

 private:
  std::vector<std::string> dropped_;   // names that are removed or set
  std::vector<std::string> appended_;  // "name=value", percent-encoded
};

}  // namespace sluice::edge
