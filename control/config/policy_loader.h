// load_policy: policy.yaml (Kong's declarative format with an edge section) into a Policy, or every reason why not.
//
// Called on the compiler thread by control/publish, and by `sluice --check`. A pure function of the text, but for the
// files that edge keys name and the environment that {vault://…} references name.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "sluice/policy/node.h"
#include "sluice/policy/policy.h"

namespace sluice::config {

struct LoadedPolicy {
  std::optional<policy::Policy> policy;  // there if and only if diagnostics.ok()
  Diagnostics diagnostics;
  std::vector<Diagnostic> quarantined;  // why entities are left out; empty unless the node accepts that
};

// Asked with the number of a file's values, each as often as aliases repeat it, before they are read (`is_read` false)
// and when they have been: a text refuses the file.
using Admission = std::function<std::string(uint32_t values, bool is_read)>;

// What stands in the way of a policy that is right by itself, found when it was compiled.
struct Obstacle {
  policy::Mark where;  // of an entity in the file; line 0: of none
  std::string field;   // of that entity; empty: the whole of it
  std::string message;
};

// `file`: the name of the file that the text came from; key files with relative names are looked for beside it. If
// there is no such file ("POST /config"), only absolute names of key files are taken. `on_mistake`: whether one mistake
// refuses the whole, or broken entities and what depends on them are left out (quarantine.h). `obstacles`: what turned
// out to be wrong with policies that this text gave before; they are mistakes like others.
LoadedPolicy load_policy(std::string_view text, const std::string& file,
                         policy::OnMistake on_mistake = policy::OnMistake::kRefuse,
                         std::span<const Obstacle> obstacles = {}, const Admission& admit = {});

}  // namespace sluice::config
