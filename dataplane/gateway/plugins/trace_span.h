// A span of our own for a request, in its caller's trace or in a new one, and whether it is sampled.
#pragma once

#include <optional>

#include "base/random.h"
#include "gateway/plugins/trace_reader.h"
#include "sluice/trace_context.h"

namespace sluice::gateway {

// `rate` is the share of traces that are sampled, 0 to 1. It decides by the trace's id, so that all who have the same
// rate agree, also a Kong; a caller that does not sample decides instead.
TraceContext begin_span(Random& random, const std::optional<CallersTrace>& caller, double rate);

}  // namespace sluice::gateway
