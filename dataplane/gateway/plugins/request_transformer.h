// request-transformer: edits to the request's path, method, headers, body and query on the way to the origin: remove,
// rename, replace, add, append, in that order. As Kong's.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/request_transformer.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::RequestTransformerConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
