// key-auth: an API key in a header, in a query argument or, with key_in_body, in a form, a JSON object or a multipart
// body names the consumer. As Kong's.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/key_auth.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::KeyAuthConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
