#include "tcp/ecn.h"

#include "tcp/connection.h"
#include "tcp/flight.h"
#include "tcp/loss_recovery.h"

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
  // Follows what is acknowledged: 2 GiB later a number that stood still would seem to lie ahead.
  t.ecn.reduced_at = max(t.ecn.reduced_at, t.sender.snd_una() - SeqLen{1});
  if (!t.ecn.enabled || !s.flags.ece || s.flags.syn || s.ack <= t.ecn.reduced_at || t.flight == nullptr) return;
  c.env().count(Counter::kTcpEcnReductions);
  if (t.flight->recovery == Recovery::kNone) return reduce_without_recovery(c);
  // The window was reduced for a loss in the same flight, and is to stay so, whatever becomes of the loss.
  t.regrets.possible = false;
  t.ecn.reduced_at = t.sender.snd_nxt();
  t.ecn.reduced_here = false;
  t.ecn.reduction_due = true;
}

void echo_congestion(const Connection& c, wire::TcpHeader& header) {
  header.flags.ece = c.tcb().ecn.enabled && c.tcb().ecn.echo;
}

wire::Ecn mark_new_text(const Connection& c, wire::TcpHeader& header) {
  const EcnState& ecn = c.tcb().ecn;
  if (!ecn.enabled) return wire::Ecn::kNotCapable;
  header.flags.cwr = ecn.reduction_due;
  return wire::Ecn::kCapable0;
}

void on_marked_text_sent(Connection& c) {
  c.tcb().ecn.reduction_due = false;
}

}  // namespace sluice::tcp
