// Baggage: what a caller hands along with its trace, in headers of a common prefix. Jaeger and OpenTracing have it,
// each with a prefix of its own; W3C's header of that name is passed on as it is.
#pragma once

#include "base/arena.h"
#include "http/header_map.h"
#include "sluice/trace_context.h"

namespace sluice::gateway {

bool has_baggage(TraceFormat format, const http::HeaderMap& headers);

// Collects what came in `format`, names without the prefix and values decoded. False: no room.
[[nodiscard]] bool read_baggage(TraceFormat format, const http::HeaderMap& headers, Arena& arena,
                                http::HeaderMap& baggage);

// Sets it in `format`, values encoded; nothing where the format has none. False: no room.
[[nodiscard]] bool write_baggage(TraceFormat format, const http::HeaderMap& baggage, Arena& arena,
                                 http::HeaderMap& headers);

}  // namespace sluice::gateway
