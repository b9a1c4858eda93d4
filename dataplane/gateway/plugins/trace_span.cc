#include "gateway/plugins/trace_span.h"

#include <array>
#include <cstring>

#include "gateway/plugins/trace_ids.h"

namespace sluice::gateway {

namespace {

template <size_t N>
void fill_random(Random& random, std::array<uint8_t, N>& bytes) {
  static_assert(N % sizeof(uint64_t) == 0);
  do {
    for (size_t i = 0; i < N; i += sizeof(uint64_t)) {
      const uint64_t word = random.next();
      std::memcpy(bytes.data() + i, &word, sizeof word);
    }
  } while (is_zero(bytes));
}

// As Kong's: the first eight bytes of the id, the first the lowest. Those of an id that has no more than eight are the
// last ones; Kong takes the zeros before them, and samples every such trace.
bool is_sampled(const TraceContext& trace, double rate) {
  if (rate >= 1) return true;
  const bool is_short = !trace.begins_here() && trace.told_id_bytes <= 8;
  const size_t first = is_short ? 8 : 0;
  uint64_t number = 0;
  for (size_t i = 8; i-- > 0;) number = number << 8 | trace.trace_id[first + i];
  return static_cast<double>(number) < rate * 0x1p64;
}

}  // namespace

TraceContext begin_span(Random& random, const std::optional<CallersTrace>& caller, double rate) {
  TraceContext trace{.begun = true};
  if (caller && caller->id_bytes > 0) {
    trace.trace_id = caller->trace_id;
    trace.parent_id = caller->span_id;
    trace.told_id_bytes = caller->id_bytes;
  } else {
    fill_random(random, trace.trace_id);
  }
  fill_random(random, trace.span_id);
  const bool refused = caller && caller->sampled && !*caller->sampled;
  trace.sampled = !refused && is_sampled(trace, rate);
  return trace;
}

}  // namespace sluice::gateway
