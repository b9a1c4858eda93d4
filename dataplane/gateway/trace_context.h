// W3C Trace Context (https://www.w3.org/TR/trace-context/), the header traceparent: reading, beginning, writing.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/random.h"
#include "sluice/access_record.h"

namespace sluice::gateway {

// What a caller's traceparent says: its trace, its span as parent_id, its decision. Nothing: malformed (3.2).
std::optional<TraceContext> parse_traceparent(std::string_view text);

// A span of our own: in the trace of `caller`, or in a new one.
TraceContext begin_span(Random& random, const std::optional<TraceContext>& caller);

using TraceparentText = std::array<char, 55>;
// Our span as the parent of whoever gets it.
std::string_view format_traceparent(const TraceContext& trace, TraceparentText& out);

using TraceIdText = std::array<char, 32>;
std::string_view format_trace_id(const TraceContext& trace, TraceIdText& out);

}  // namespace sluice::gateway
