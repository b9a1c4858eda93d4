#include "tcp/round_trip.h"

#include <optional>

#include "tcp/flight.h"
#include "tcp/isn.h"

namespace sluice::tcp {

namespace {

// On which transmission an echoed timestamp stood: so long ago that one left.
std::optional<int64_t> echo_age_ms(const Connection& c, const Segment& s) {
  const Tcb& t = c.tcb();
  if (!t.timestamps.enabled || !s.options.timestamps || s.options.timestamps->tsecr == 0) return std::nullopt;
  const uint32_t sent_at = s.options.timestamps->tsecr - t.timestamps.offset;
  return static_cast<int32_t>(timestamp_clock(c.env().now()) - sent_at);
}

// What was repeated by a probe is acknowledged, sooner than any answer to the probe comes: it is the first transmission
// that was heard, unless an echo says otherwise.
bool answers_the_first(const Connection& c, const Segment& s) {
  const Duration since_probe = c.env().now() - c.tcb().retransmitted_at;
  const auto age_ms = echo_age_ms(c, s);
  return since_probe < c.tcb().path.min_rtt() && (!age_ms || *age_ms > since_probe.ms());
}

// RFC 2883: the probe of the tail that is out has come twice, so what it repeated had arrived before.
bool reports_the_probe(const Tcb& t, const Segment& s) {
  return t.probe.sent && t.probe.is_retrans && t.sack_permitted && s.options.sack_count > 0 &&
         SeqNum(s.options.sack[0].right) == t.probe.end_seq && t.probe.end_seq <= s.ack;
}

void measure_by_echo(Connection& c, const Segment& s) {
  Tcb& t = c.tcb();
  const auto age_ms = echo_age_ms(c, s);
  if (!age_ms || *age_ms < 0) return;
  // An older echo may answer a transmission whose acknowledgement was lost: that was no round trip. For a probe that
  // was needless it measures how long the peer puts its acknowledgements off, and at most a probe's time too much.
  const bool older = *age_ms > (c.env().now() - t.retransmitted_at).ms();
  if (older && !reports_the_probe(t, s)) return;
  t.rtt.sample(Duration::milliseconds(*age_ms), c.env().settings);
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
  if (timing.probed && !answers_the_first(c, s)) return measure_by_echo(c, s);
  t.rtt.sample(c.env().now() - timing.sent_at, c.env().settings);
}

}  // namespace sluice::tcp
