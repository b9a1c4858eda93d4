// oauth2-introspection: an authorization server says whether a token is active, and whose it is (RFC 7662). As Kong
// Enterprise's plugin of this name.
//
// It differs where Kong's documents are silent or RFCs say otherwise: answers are not remembered beyond `exp`; a value
// of Authorization that is no token is not sent to the server; parameters of WWW-Authenticate are separated by commas;
// the credential's id is a digest of the token.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/oauth2_introspection.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::Oauth2IntrospectionConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
