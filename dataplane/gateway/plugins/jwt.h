// jwt: a signed token names the consumer. As Kong's: where the token may stand, the order of checks, their messages.
//
// The signature is not checked again when the edge stage found this token good with the credential's algorithm and key,
// or when this worker has before (token/verified_memory.h); everything else is checked each time.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/jwt.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::JwtConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
