// Error: what went wrong on the dataplane and whose fault it was. A value, never thrown, never allocated.
#pragma once

#include <cstdint>

#include "sluice/counters.h"

namespace sluice {

// Who caused an error: decides the status class a client sees (4xx, 502/504, 500) and who is paged.
enum class Side : uint8_t { kSelf, kClient, kOrigin };

// `reason` names the line of counters.def that is incremented with it; `where` is a literal naming the step that
// refused ("tcp.listen", "http.chunk_size").
struct Error {
  Counter reason = Counter::kInternalError;
  Side side = Side::kSelf;
  const char* where = "";
};

}  // namespace sluice
