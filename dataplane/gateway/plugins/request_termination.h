// request-termination: a fixed answer, or a copy of the request, instead of an origin's. As Kong's.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/request_termination.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::RequestTerminationConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
