// read_policy: a text into a policy that workers can run on, or every reason why not. Called on the compiler thread,
// and by `sluice --check`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/policy_loader.h"
#include "exchange/snapshot.h"
#include "sluice/units.h"

namespace sluice::control {

struct ReadPolicy {
  std::unique_ptr<const exchange::Snapshot> snapshot;  // nullptr: the diagnostics have the reasons
  std::shared_ptr<const policy::Policy> policy;        // the snapshot's
  config::Diagnostics diagnostics;
  std::vector<config::Diagnostic> quarantined;  // why entities are left out
  Duration load_time{};
  Duration compile_time{};
};

// Loads and compiles `text`. What turns out to be wrong when a policy is compiled counts as what is found in its text:
// where the node accepts that, the policy is read again without the entities that are to blame. Memory is looked at
// before each step (memory_guard.h). `file`: what errors name. `generation`: of the snapshot.
ReadPolicy read_policy(const std::string& text, const std::string& file, policy::OnMistake on_mistake,
                       uint64_t generation, exchange::CompileContext context);

}  // namespace sluice::control
