#include "tcp/ecn.h"

#include "tcp/connection.h"
#include "tcp/flight.h"

namespace sluice::tcp {

void enable_ecn(Connection& c) {
  c.tcb().ecn = {.enabled = true, .reduced_at = c.tcb().sender.iss()};
}

void take_congestion_marks(Connection& c, const Segment& s) {
  EcnState& ecn = c.tcb().ecn;
  if (!ecn.enabled) return;
  if (s.flags.cwr) ecn.echo = false;
  if (s.ecn != wire::Ecn::kCongestion) return;
  c.env().count(Counter::kTcpEcnMarks);
  // A peer whose window is a segment or two would wait for a delayed acknowledgement before it learns that.
  if (!ecn.echo && s.text_bytes() > 0) c.tcb().acks.require(AckSchedule::Due::kEndOfPoll);
  ecn.echo = true;
}

void take_congestion_echo(Connection& c, const Segment& s) {
  Tcb& t = c.tcb();
  if (!t.ecn.enabled) return;
  // Follows what is acknowledged: 2 GiB later a number that stood still would seem to lie ahead.
  t.ecn.reduced_at = max(t.ecn.reduced_at, t.sender.snd_una() - SeqLen{1});
  if (!s.flags.ece || s.flags.syn || s.ack <= t.ecn.reduced_at || t.flight == nullptr) return;
  t.ecn.reduced_at = t.sender.snd_nxt();
  t.ecn.reduction_due = true;
  c.env().count(Counter::kTcpEcnReductions);
  t.ecn.reduced_here = t.flight->recovery == Recovery::kNone;
  if (!t.ecn.reduced_here) return;  // the window was reduced for a loss in the same flight
  c.env().congestion().on_loss(t.congestion, t.flight->growth, t.sender.flight_bytes(), t.sender.mss());
  t.congestion.cwnd = t.congestion.ssthresh;
}

void echo_congestion(const Connection& c, wire::TcpHeader& header) {
  header.flags.ece = c.tcb().ecn.enabled && c.tcb().ecn.echo;
}

wire::Ecn mark_new_text(Connection& c, wire::TcpHeader& header) {
  EcnState& ecn = c.tcb().ecn;
  if (!ecn.enabled) return wire::Ecn::kNotCapable;
  header.flags.cwr = ecn.reduction_due;
  ecn.reduction_due = false;
  return wire::Ecn::kCapable0;
}

}  // namespace sluice::tcp
