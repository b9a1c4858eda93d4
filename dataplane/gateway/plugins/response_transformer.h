// response-transformer: edits to the answer's headers and JSON body: remove, rename, replace, add, append, in that
// order. As Kong's:
// whether a header is there is asked of the answer as it came, before the first edit.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/response_transformer.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::ResponseTransformerConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
