// The plugins that there are, and those that a policy configures, as Kong's GET / tells of them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sluice/policy/policy.h"

namespace sluice::control {

// {"available_on_server": {name: {"version", "priority"}}, "enabled_in_cluster": [name]}.
nlohmann::json plugin_list(const policy::Policy& policy, const std::string& version);

}  // namespace sluice::control
