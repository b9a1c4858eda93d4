#include "tcp/round_trip.h"

#include "tcp/isn.h"

namespace sluice::tcp {

void measure_round_trip(Connection& c, const Segment& s) {
  Tcb& t = c.tcb();
  const Instant now = c.env().now();
  if (t.timing.running) {
    if (s.ack < t.timing.end) return;
    t.timing.running = false;
    return t.rtt.sample(now - t.timing.sent_at, c.env().settings);
  }
  if (!t.timestamps.enabled || !s.options.timestamps || s.options.timestamps->tsecr == 0) return;
  const uint32_t sent_at = s.options.timestamps->tsecr - t.timestamps.offset;
  const auto age_ms = static_cast<int32_t>(timestamp_clock(now) - sent_at);
  const auto retransmission_age_ms = (now - t.retransmitted_at).ms();
  // An older echo may answer a transmission whose acknowledgement was lost: that was no round trip.
  if (age_ms < 0 || age_ms > retransmission_age_ms) return;
  t.rtt.sample(Duration::milliseconds(age_ms), c.env().settings);
}

}  // namespace sluice::tcp
