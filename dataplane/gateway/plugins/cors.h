// cors: cross-origin resource sharing (Fetch standard 3.2): answers preflight requests, marks all other answers. As
// Kong's.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/cors.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::CorsConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
