// response-ratelimiting: the origin says how much of which limits a request has used. As Kong's, but exact.
//
// Use is counted when the answer comes. An answer that uses a limit of which nothing is left is replaced by a 429, and
// what it used is not counted.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/response_ratelimiting.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::ResponseRatelimitingConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
