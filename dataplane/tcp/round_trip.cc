#include "tcp/round_trip.h"

#include "tcp/flight.h"
#include "tcp/isn.h"

namespace sluice::tcp {

namespace {

void measure_by_echo(Connection& c, const Segment& s) {
  Tcb& t = c.tcb();
  if (!t.timestamps.enabled || !s.options.timestamps || s.options.timestamps->tsecr == 0) return;
  const Instant now = c.env().now();
  const uint32_t sent_at = s.options.timestamps->tsecr - t.timestamps.offset;
  const auto age_ms = static_cast<int32_t>(timestamp_clock(now) - sent_at);
  const auto retransmission_age_ms = (now - t.retransmitted_at).ms();
  // An older echo may answer a transmission whose acknowledgement was lost: that was no round trip.
  if (age_ms < 0 || age_ms > retransmission_age_ms) return;
  t.rtt.sample(Duration::milliseconds(age_ms), c.env().settings);
}

}  // namespace

void measure_handshake(Connection& c, const Segment& s) {
  Tcb& t = c.tcb();
  const bool unknown = t.sent_at == Instant{};  // a SYN cookie keeps no time
  if (t.syn_lost || unknown) return measure_by_echo(c, s);
  const Duration rtt = c.env().now() - t.sent_at;
  t.rtt.sample(rtt, c.env().settings);
  t.path.on_round_trip(rtt, c.env().now());
}

void measure_round_trip(Connection& c, const Segment& s) {
  Tcb& t = c.tcb();
  if (t.flight == nullptr || !t.flight->timing.running) return measure_by_echo(c, s);
  RttTiming& timing = t.flight->timing;
  if (s.ack < timing.end) return;
  timing.running = false;
  t.rtt.sample(c.env().now() - timing.sent_at, c.env().settings);
}

}  // namespace sluice::tcp
