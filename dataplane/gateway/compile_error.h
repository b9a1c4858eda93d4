// CompileError: why a policy that the loader accepted cannot be compiled, and where it says so. Control side only.
#pragma once

#include <string>
#include <vector>

#include "sluice/policy/field.h"

namespace sluice::gateway {

struct CompileError {
  policy::Mark where;   // the entity's place in the policy file
  std::string field;    // of the entity; empty: the whole of it
  std::string message;  // what was found and what was expected; never a secret
};

using CompileErrors = std::vector<CompileError>;

}  // namespace sluice::gateway
