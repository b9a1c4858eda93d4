// load_policy: policy.yaml (Kong's declarative format with an edge section) into a Policy, or every reason why not.
//
// Called on the compiler thread by control/publish, and by `sluice --check`. A pure function of the text, but for the
// files that edge keys name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostic.h"
#include "sluice/policy/policy.h"

namespace sluice::config {

struct LoadedPolicy {
  std::optional<policy::Policy> policy;  // there if and only if diagnostics.ok()
  Diagnostics diagnostics;
};

// `file`: the name of the file that the text came from; key files with relative names are looked for beside it. If
// there is no such file ("POST /config"), only absolute names of key files are taken.
LoadedPolicy load_policy(std::string_view text, const std::string& file);

}  // namespace sluice::config
