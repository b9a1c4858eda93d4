// acl: the groups of the authenticated consumer decide who passes. As Kong's.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/acl.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::AclConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
