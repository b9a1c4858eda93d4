// correlation-id: a header that joins what both sides log. As Kong's: the client's own id is kept, else one is made.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/correlation_id.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::CorrelationIdConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
