// proxy-cache: answers are kept and given again to requests that are alike. As Kong's.
//
// Kept in the machine's ResponseStore, so all workers share them and a reload keeps them. An answer that is kept is
// held until it is complete (body_filter); a longer one passes and is not kept.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/proxy_cache.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::ProxyCacheConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
