// CompileError: why an edge section that the loader accepted cannot be compiled, and where it says so. Control side.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sluice/policy/field.h"

namespace sluice::edge {

struct CompileError {
  policy::Mark where;   // the rule's or the key's place in the policy file
  std::string message;  // which of its fields, what was found and what was expected; never a secret
};

// Takes the errors of one rule or key down.
class Complainer {
 public:
  Complainer(std::vector<CompileError>& errors, policy::Mark where, std::string entity)
      : errors_(&errors), where_(where), entity_(std::move(entity)) {}

  // field: its path inside the entity, "rewrite.path_regex.to".
  void field(std::string_view path, std::string_view message) {
    errors_->push_back({where_, entity_ + ": " + std::string(path) + ": " + std::string(message)});
  }

 private:
  std::vector<CompileError>* errors_;
  policy::Mark where_;
  std::string entity_;
};

}  // namespace sluice::edge
