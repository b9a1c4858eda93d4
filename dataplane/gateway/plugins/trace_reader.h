// What a request's headers tell of the trace that its caller is in, in the formats that Kong 3.9.1 knows.
//
// Hostile values are nothing: an id is hex digits or a number of the right length, or there is none. A header that
// stands there several times, where one is expected, is malformed. An id of zeros counts as none.
#pragma once

#include <optional>

#include "http/header_map.h"
#include "sluice/policy/plugins/trace_propagation.h"
#include "sluice/trace_context.h"

namespace sluice::gateway {

struct CallersTrace {
  TraceFormat format{};  // in which it is told
  TraceId trace_id{};
  uint8_t id_bytes = 0;  // how long that was; 0: no trace is told, at most a decision
  SpanId span_id{};      // of the caller; zero: none
  std::optional<bool> sampled;
  bool debug = false;  // B3's flag: sampled, whatever else is said
};

struct TraceReading {
  std::optional<CallersTrace> trace;  // nothing: this source is not there, or worth nothing
  bool malformed = false;
};

TraceReading read_trace(policy::TraceSource source, const http::HeaderMap& headers);

}  // namespace sluice::gateway
