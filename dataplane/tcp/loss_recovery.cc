#include "tcp/loss_recovery.h"

#include <algorithm>

#include "tcp/flight.h"

namespace sluice::tcp {

namespace {

constexpr uint8_t kDupThresh = 3;

Rack::Circumstances circumstances(const Connection& c) {
  const Tcb& t = c.tcb();
  return {.now = c.env().now(),
          .srtt = t.rtt.smoothed(),
          .mss = t.sender.mss(),
          .in_recovery = t.flight->recovery != Recovery::kNone};
}

void remember(Connection& c) {
  Tcb& t = c.tcb();
  t.flight->begin_repairs();
  t.regrets = {.before = t.congestion,
               .lowest = t.sender.snd_una(),
               .highest = t.sender.snd_una(),
               .probe_end = t.probe.end_seq,
               .probe_unreported = t.probe.sent && t.probe.is_retrans,
               .possible = true};
}

// RFC 3168 6.1.2: the window is reduced once for all marks and losses of one flight. Whether that was done, without a
// recovery, after what ends at `end` had been sent.
bool reduced_since(const Tcb& t, SeqNum end) {
  return t.ecn.reduced_here && end <= t.ecn.reduced_at;
}

void begin_fast_recovery(Connection& c) {
  Tcb& t = c.tcb();
  Flight& f = *t.flight;
  c.env().count(Counter::kTcpFastRetransmits);
  remember(c);
  t.probe.sent = false;  // RFC 8985 7.1: what it would say is part of this recovery
  f.recovery = Recovery::kFast;
  f.recover = t.sender.snd_nxt();
  const uint32_t outstanding = t.sender.flight_bytes() - f.board.sacked_bytes();
  if (!reduced_since(t, f.board.first_lost()->seq + SeqLen{1})) {
    c.env().congestion().on_loss(t.congestion, f.growth, t.sender.flight_bytes(), t.sender.mss());
    t.ecn.reduction_due = t.ecn.enabled;
  }
  f.prr.begin(outstanding);
}

void end_recovery(Connection& c) {
  Tcb& t = c.tcb();
  Flight& f = *t.flight;
  if (f.recovery == Recovery::kFast) t.congestion.cwnd = t.congestion.ssthresh;
  f.recovery = Recovery::kNone;
  f.f_rto = FRto::kOff;
  f.duplicate_acks = 0;
  f.duplicate_ack_bytes = 0;
  t.path.on_recovery_ended();
}

// The window was reduced for nothing, and nothing is lost.
void undo(Connection& c) {
  Tcb& t = c.tcb();
  Growth none;  // the next flight begins anew
  c.env().count(Counter::kTcpSpuriousRecoveries);
  c.env().congestion().undo(t.congestion, t.flight == nullptr ? none : t.flight->growth, t.regrets.before);
  t.regrets.possible = false;
  t.ecn.reduction_due = false;  // a mark that is still echoed has not been answered
  if (t.flight == nullptr) return;
  Flight& f = *t.flight;
  f.board.find_lost();
  f.recovery = Recovery::kNone;  // so that the window stays as it was
  end_recovery(c);
}

// RFC 3522 3: the echoed timestamp is older than the first retransmission: what is acknowledged is the original.
bool answers_the_original(const Tcb& t, const AckNews& n) {
  const auto& first = t.flight->first_again_ms;
  return n.acked_bytes > 0 && n.delivery.echoed_ms && t.regrets.sent_again_bytes > 0 && first &&
         static_cast<int32_t>(*n.delivery.echoed_ms - *first) < 0;
}

// RFC 3708 3: every byte that was sent again has been reported as a duplicate. Reports of anything else say nothing of
// this recovery: the network doubles what was sent once, and a probe of the tail comes twice as well.
bool all_came_twice(Tcb& t, const AckNews& n) {
  if (n.reported_twice_bytes == 0) return false;
  const SeqNum end = n.reported_twice + SeqLen{n.reported_twice_bytes};
  if (t.regrets.probe_unreported && end == t.regrets.probe_end) {
    t.regrets.probe_unreported = false;
    return false;
  }
  if (!t.regrets.speak_of(n.reported_twice, end)) return false;
  if (t.flight != nullptr && !t.flight->board.was_sent_again(n.reported_twice, end)) return false;
  t.regrets.sent_again_bytes -= std::min(t.regrets.sent_again_bytes, n.reported_twice_bytes);
  return t.regrets.sent_again_bytes == 0;
}

// RFC 5682 2.1, 3.1: two acknowledgements after a timeout. The first makes room for new text; if the second is for text
// that was sent once, before the timeout, the timeout was spurious.
bool f_rto_finds_spurious(Connection& c, const AckNews& n) {
  Flight& f = *c.tcb().flight;
  if (n.ack < c.tcb().sender.snd_una()) return false;  // overtaken: neither the first nor the second
  const bool original = n.delivery.original && *n.delivery.original < f.recover;
  switch (f.f_rto) {
    case FRto::kOff:
      return false;
    case FRto::kFirstAck:
      f.f_rto = n.acked_bytes > 0 && n.ack < f.recover && c.tcb().sender.unsent() ? FRto::kSecondAck : FRto::kOff;
      return false;
    case FRto::kSecondAck:
      f.f_rto = FRto::kOff;
      return original;
  }
  return false;
}

bool was_for_nothing(Connection& c, const AckNews& n) {
  Tcb& t = c.tcb();
  const bool by_f_rto = f_rto_finds_spurious(c, n);
  if (!t.regrets.possible) return false;
  const bool in_time = t.flight->recovery != Recovery::kNone && (by_f_rto || answers_the_original(t, n));
  return in_time || all_came_twice(t, n);
}

// Without SACK, what arrives behind a hole is known by its number of acknowledgements only (RFC 6937 3).
uint32_t delivered_without_sack(Connection& c, const AckNews& n) {
  const Tcb& t = c.tcb();
  Flight& f = *t.flight;
  const uint32_t mss = t.sender.mss();
  if (n.duplicate) {
    const uint32_t most = f.board.in_flight_bytes() - std::min(f.board.in_flight_bytes(), mss);
    const uint32_t more = std::min(mss, most - std::min(most, f.duplicate_ack_bytes));
    f.duplicate_ack_bytes += more;
    return more;
  }
  const uint32_t known = std::min(f.duplicate_ack_bytes, n.acked_bytes - std::min(n.acked_bytes, mss));
  f.duplicate_ack_bytes -= known;
  return n.acked_bytes - known;
}

// RFC 5681 3.2 and RFC 6582 3.2: the third duplicate shows that the head is lost, a partial acknowledgement the next.
void find_losses_without_sack(Connection& c, const AckNews& n) {
  const Tcb& t = c.tcb();
  Flight& f = *t.flight;
  const bool partial = f.recovery == Recovery::kFast && n.acked_bytes > 0;
  if (n.acked_bytes > 0) f.duplicate_acks = 0;
  if (n.duplicate && f.duplicate_acks < kDupThresh) ++f.duplicate_acks;
  // Duplicates of what was sent again after an earlier loss say nothing new.
  const bool third = f.duplicate_acks == kDupThresh && f.recovery == Recovery::kNone && t.sender.snd_una() > f.recover;
  if (partial || third) f.board.lose_front(t.sender.mss(), c.env().transmissions);
}

// True when some of the flight turns out to be lost.
bool find_losses(Connection& c, const AckNews& n) {
  const Tcb& t = c.tcb();
  Flight& f = *t.flight;
  const uint32_t before = f.board.lost_bytes();
  if (t.sack_permitted) {
    f.look_again_at = f.rack.detect(f.board, t.path, circumstances(c));
  } else {
    find_losses_without_sack(c, n);
  }
  return f.board.lost_bytes() > before;
}

void set_recovery_window(Connection& c, bool progress) {
  Tcb& t = c.tcb();
  t.congestion.cwnd = t.flight->prr.cwnd(t.flight->pipe_bytes(), t.congestion.ssthresh, t.sender.mss(), progress);
}

// RFC 6582 3.2 step 3: what a partial acknowledgement shows to be lost is sent again at once, whatever PRR has left: no
// SACK will say more of it, and without the repair nothing moves before the timer.
void let_a_segment_out(Tcb& t) {
  t.congestion.cwnd = std::max(t.congestion.cwnd, t.flight->pipe_bytes() + t.sender.mss());
}

// RFC 3168 6.1.2: an acknowledgement that echoes a mark lets nothing grow, also once the window has been reduced.
void grow(Connection& c, const AckNews& n) {
  Tcb& t = c.tcb();
  Flight& f = *t.flight;
  const bool in_slow_start = t.congestion.cwnd < t.congestion.ssthresh;
  if (n.acked_bytes == 0 || n.congestion_echo || !f.window_use.allows_growth(t.congestion.cwnd, in_slow_start)) return;
  c.env().congestion().on_ack(t.congestion, f.growth,
                              {.now = c.env().now(),
                               .snd_una = t.sender.snd_una(),
                               .snd_nxt = t.sender.snd_nxt(),
                               .acked_bytes = n.acked_bytes,
                               .mss = t.sender.mss(),
                               .rtt = n.delivery.original_rtt,
                               .srtt = t.rtt.smoothed(),
                               .after_timeout = f.recovery == Recovery::kTimeout});
}

}  // namespace

void recover_on_ack(Connection& c, const AckNews& n) {
  Tcb& t = c.tcb();
  Flight& f = *t.flight;
  if (t.sack_permitted) f.rack.on_delivery(n.delivery, t.path);
  if (n.reported_twice_bytes > 0) f.rack.on_duplicate_reported(t.sender.snd_una(), t.sender.snd_nxt(), t.path);
  if (n.acked_bytes > 0) f.timed_out = false;
  const uint32_t delivered = t.sack_permitted ? n.delivery.bytes : delivered_without_sack(c, n);
  if (was_for_nothing(c, n)) undo(c);
  if (f.recovery != Recovery::kNone && t.sender.snd_una() >= f.recover) end_recovery(c);
  // A flight may last for more than 2 GiB: what stood still would seem to lie ahead, and no duplicate would count.
  if (f.recovery == Recovery::kNone) f.recover = max(f.recover, t.sender.snd_una() - SeqLen{1});
  const bool lost = find_losses(c, n);
  if (lost && f.recovery == Recovery::kNone) begin_fast_recovery(c);
  if (f.recovery == Recovery::kFast) {
    f.prr.on_delivered(delivered);
    set_recovery_window(c, n.acked_bytes > 0 && !lost);
    if (lost && !t.sack_permitted) let_a_segment_out(t);
  } else {
    grow(c, n);
  }
}

void take_late_duplicate(Connection& c, const AckNews& n) {
  Tcb& t = c.tcb();
  t.path.on_duplicate_reported();
  if (t.regrets.possible && all_came_twice(t, n)) undo(c);
}

void recover_on_second_look(Connection& c) {
  Flight& f = *c.tcb().flight;
  if (find_losses(c, {}) && f.recovery == Recovery::kNone) begin_fast_recovery(c);
  if (f.recovery == Recovery::kFast) {
    f.prr.on_delivered(0);
    set_recovery_window(c, false);
  }
}

// RFC 6298 5.4, RFC 8985 6.3. A peer whose acknowledgement stands before what it has reported as arrived has thrown
// that away (RFC 2018 8).
void recover_on_timeout(Connection& c) {
  Tcb& t = c.tcb();
  Flight& f = *t.flight;
  if (f.recovery == Recovery::kNone) remember(c);
  f.f_rto = f.recovery == Recovery::kTimeout ? FRto::kOff : FRto::kFirstAck;
  c.env().congestion().on_timeout(t.congestion, f.growth, t.sender.flight_bytes(), t.sender.mss(), !f.timed_out);
  f.window_use.on_timeout(t.sender.snd_nxt());
  t.ecn.reduction_due = t.ecn.enabled;
  f.timed_out = true;
  f.recovery = Recovery::kTimeout;
  f.recover = t.sender.snd_nxt();
  f.duplicate_acks = 0;
  f.duplicate_ack_bytes = 0;
  f.look_again_at = Instant::never();
  if (f.board.first()->fate == Fate::kSacked) {
    c.env().count(Counter::kTcpSackReneged);
    f.board.forget_sacked();
  }
  if (t.sack_permitted) {
    f.rack.mark_timed_out(f.board, t.path, circumstances(c));
  } else {
    f.board.lose_all();
  }
}

void on_repaired_loss(Connection& c) {
  Tcb& t = c.tcb();
  if (t.flight->recovery != Recovery::kNone || reduced_since(t, t.probe.end_seq)) return;
  reduce_without_recovery(c);
}

void reduce_without_recovery(Connection& c) {
  Tcb& t = c.tcb();
  c.env().congestion().on_loss(t.congestion, t.flight->growth, t.sender.flight_bytes(), t.sender.mss());
  // The smallest ssthresh may lie above a window that a timeout has left.
  t.congestion.cwnd = std::min(t.congestion.cwnd, t.congestion.ssthresh);
  t.regrets.possible = false;  // of an earlier recovery: this reduction stands
  t.ecn.reduced_at = t.sender.snd_nxt();
  t.ecn.reduced_here = true;
  t.ecn.reduction_due = t.ecn.enabled;
}

uint32_t congestion_room(const Tcb& t) {
  const uint32_t pipe = t.flight == nullptr ? 0 : t.flight->pipe_bytes();
  return t.congestion.cwnd > pipe ? t.congestion.cwnd - pipe : 0;
}

bool repairs_first(const Tcb& t) {
  return t.flight != nullptr && t.flight->board.lost_bytes() > 0 && t.flight->f_rto != FRto::kSecondAck;
}

bool f_rto_has_no_new_text(Tcb& t) {
  if (t.flight == nullptr || t.flight->f_rto != FRto::kSecondAck || t.sender.snd_nxt() > t.flight->recover) {
    return false;
  }
  t.flight->f_rto = FRto::kOff;
  return true;
}

std::optional<SendPiece> next_lost_piece(const Tcb& t) {
  if (!repairs_first(t) || t.sender.snd_wnd() == 0) return std::nullopt;
  const Transmission* lost = t.flight->board.first_lost();
  const SendPiece piece = t.sender.piece_within(lost->seq, lost->bytes());
  const bool fits = piece.bytes() <= congestion_room(t) || t.flight->pipe_bytes() == 0;
  if (piece.bytes() == 0 || !fits) return std::nullopt;
  return piece;
}

}  // namespace sluice::tcp
