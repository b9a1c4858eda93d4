#include "tcp/tail_loss_probe.h"

#include <algorithm>

#include "tcp/flight.h"
#include "tcp/loss_recovery.h"
#include "tcp/segment_out.h"

namespace sluice::tcp {

namespace {

// TLP.max_ack_delay: how long common peers put off acknowledging a lone segment.
constexpr Duration kMaxAckDelay = Duration::milliseconds(200);
constexpr Duration kUnmeasuredPto = Duration::seconds(1);

// 7.2: not while a recovery or a hole already asks for acknowledgements, and one at a time.
bool may_probe(const Tcb& t) {
  return t.flight != nullptr && t.sack_permitted && t.send_timer == SendTimer::kRetransmit && !t.probe.sent &&
         t.flight->recovery == Recovery::kNone && t.flight->board.sacked_bytes() == 0 &&
         t.flight->board.lost_bytes() == 0;
}

// TLP_calc_PTO, 7.2.
Instant probe_at(const Connection& c) {
  const Tcb& t = c.tcb();
  Duration pto = kUnmeasuredPto;
  if (t.rtt.smoothed() > Duration{}) {
    pto = t.rtt.smoothed() * 2;
    if (t.sender.flight_bytes() <= t.sender.mss()) pto = pto + kMaxAckDelay;
  }
  return std::min(c.env().now() + pto, c.deadline(Deadline::kSend));
}

// 7.3: new text if there is some and the peer's window takes it, whatever cwnd says; else the last of the old.
std::optional<SendPiece> probe_piece(const Tcb& t) {
  if (auto fresh = t.sender.next(t.sender.mss(), false)) return fresh;
  const uint32_t bytes = std::min(t.sender.flight_bytes(), uint32_t{t.sender.mss()});
  const SendPiece last = t.sender.piece_within(t.sender.snd_nxt() - SeqLen{bytes}, bytes);
  if (last.bytes() == 0) return std::nullopt;
  return last;
}

void send_probe(Connection& c) {
  Tcb& t = c.tcb();
  const auto piece = probe_piece(t);
  if (!piece) return;
  const bool again = piece->seq < t.sender.snd_nxt();
  if (!send_loss_probe(c, *piece)) return;
  c.env().count(Counter::kTcpTailLossProbes);
  t.probe = {.end_seq = t.sender.snd_nxt(), .sent = true, .is_retrans = again};
}

}  // namespace

void refresh_loss_probe(Connection& c, bool restart) {
  const Tcb& t = c.tcb();
  if (t.flight == nullptr) return c.disarm(Deadline::kLossProbe);
  if (t.flight->look_again_at != Instant::never()) return c.arm(Deadline::kLossProbe, t.flight->look_again_at);
  if (!may_probe(t)) return c.disarm(Deadline::kLossProbe);
  if (restart || !c.armed(Deadline::kLossProbe)) c.arm(Deadline::kLossProbe, probe_at(c));
}

void on_loss_probe_deadline(Connection& c) {
  Tcb& t = c.tcb();
  if (t.flight == nullptr) return;
  if (t.flight->look_again_at != Instant::never()) {
    t.flight->look_again_at = Instant::never();
    recover_on_second_look(c);
    c.want_output();
  } else if (may_probe(t)) {
    send_probe(c);
  }
  refresh_loss_probe(c, false);
}

bool probe_repaired_a_loss(Connection& c, const AckNews& n) {
  TailLossProbe& probe = c.tcb().probe;
  if (!probe.sent || n.ack < probe.end_seq) return false;
  const bool beyond = n.ack > probe.end_seq;
  const bool both_arrived = n.reported_twice_bytes > 0 || (n.duplicate && !n.has_sack);
  if (probe.is_retrans && !beyond && !both_arrived) return false;  // what follows will tell
  probe.sent = false;
  return probe.is_retrans && beyond && n.reported_twice_bytes == 0;
}

}  // namespace sluice::tcp
