// Rewriter: a request's path, host, method and query changed as a rule says.
//
// Compiled from policy::Rewrite on the control side, immutable afterwards.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "edge/compile_error.h"
#include "edge/context.h"
#include "edge/query_edit.h"
#include "edge/substitution.h"
#include "match/pcre_pattern.h"
#include "sluice/policy/edge_actions.h"

namespace sluice::edge {

enum class Rewritten : uint8_t {
  kDone,
  kNoPath,   // what came out climbs above the root: no path at all
  kGivenUp,  // path_regex took too much work
  kNoMemory,
};

class Rewriter {
 public:
  // REQUIRES: `rewrite` outlives the rewriter.
  Rewriter(const policy::Rewrite& rewrite, Complainer& complainer);

  // The path that comes out is normalised again and percent-encoded where it must be.
  Rewritten run(Context& context) const;

  bool changes_path() const { return path_prefix_ || path_regex_; }

 private:
  void compile(const policy::RegexRewrite& rewrite, Complainer& complainer);
  // kDone: `path` is the new path, or the old one when nothing was found to replace.
  Rewritten replace(const Context& context, std::string_view& path) const;
  Rewritten set_path(Context& context, std::string_view path) const;

  struct Prefix {
    std::string from;  // both normalised
    std::string to;
  };

  const policy::Rewrite* rewrite_;
  std::optional<Prefix> path_prefix_;
  std::optional<match::PcrePattern> path_regex_;
  std::optional<Substitution> replacement_;  // of what path_regex_ finds
  std::optional<QueryEdit> query_;
};

}  // namespace sluice::edge
