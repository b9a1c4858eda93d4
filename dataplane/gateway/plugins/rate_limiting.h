// rate-limiting: so many requests a calendar window. As Kong's, with its headers; exact over all workers, and never
// more than the limit (Kong counts after its check, and overshoots).
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/rate_limiting.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::RateLimitingConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
