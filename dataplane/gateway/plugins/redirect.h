// redirect: sends the client elsewhere. As Kong's.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/redirect.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::RedirectConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
