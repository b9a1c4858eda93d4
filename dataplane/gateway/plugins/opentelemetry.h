// opentelemetry: takes part in the caller's trace or begins one, and hands it to the origin.
//
// Differs from Kong: a request is one span. A tracestate without an entry of B3's does not make a caller of B3, so that
// W3C's trace that it belongs to is found.
#pragma once

#include "gateway/plugin.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::OpentelemetryConfig&, const PluginEnvironment&);

}  // namespace sluice::gateway
