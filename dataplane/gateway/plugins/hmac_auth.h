// hmac-auth: a signature over chosen headers names the consumer (draft-cavage-http-signatures, as Kong reads it).
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/hmac_auth.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::HmacAuthConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
