// request-size-limiting: a longer body is refused. As Kong's.
//
// A body whose length is told is refused before any of it is read. One that is not (chunked) streams, and the exchange
// refuses it when it grows beyond the limit.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/request_size_limiting.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::RequestSizeLimitingConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
