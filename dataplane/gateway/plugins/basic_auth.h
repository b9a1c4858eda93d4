// basic-auth: a user name and a password name the consumer (RFC 7617). As Kong's.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/basic_auth.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::BasicAuthConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
