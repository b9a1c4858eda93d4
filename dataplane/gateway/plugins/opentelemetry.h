// opentelemetry: takes part in the caller's trace or begins one, and hands it to the origin.
//
// Differs from Kong: only W3C's traceparent is understood and sent; a request is one span. A caller's decision about
// sampling holds; sampling_rate decides about traces that begin here.
#pragma once

#include "gateway/plugin.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::OpentelemetryConfig&, const PluginEnvironment&);

}  // namespace sluice::gateway
