// Where a plugin stands in its policy: how a request's record names the plugins that want it (access_record.h).
#pragma once

#include <cstdint>

#include "gateway/plugin.h"
#include "sluice/policy/policy.h"

namespace sluice::gateway {

inline uint32_t place_of(const PluginEnvironment& environment) {
  return static_cast<uint32_t>(&environment.plugin - environment.policy.plugins.data());
}

}  // namespace sluice::gateway
