// Tells the origin of a request's trace, our span as its parent, in one of the formats that Kong 3.9.1 knows.
#pragma once

#include "http/header_map.h"
#include "sluice/trace_context.h"

namespace sluice::gateway {

// Sets the headers of `format`. `debug`: the caller asked so in B3, which tells that instead of the decision. What the
// client sent in these headers of another trace goes. False: no room.
[[nodiscard]] bool write_trace(TraceFormat format, const TraceContext& trace, bool debug, http::HeaderMap& headers);

}  // namespace sluice::gateway
