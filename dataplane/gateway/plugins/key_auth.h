// key-auth: an API key in a header or a query argument names the consumer. As Kong's, apart from key_in_body: bodies
// stream past the gateway, so a key that stands only in a body is not found.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/key_auth.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::KeyAuthConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
