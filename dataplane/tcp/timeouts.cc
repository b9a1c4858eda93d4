#include "tcp/timeouts.h"

#include <algorithm>

#include "tcp/flight.h"
#include "tcp/loss_recovery.h"
#include "tcp/path_mtu.h"
#include "tcp/segment_out.h"
#include "tcp/tail_loss_probe.h"

namespace sluice::tcp {

namespace {

void restart_send_timer(Connection& c) {
  c.arm(Deadline::kSend, c.env().now() + c.tcb().rtt.rto(c.env().settings));
}

// The same, but not beyond the moment at which the peer counts as dead.
void restart_send_timer_until(Connection& c, Instant latest) {
  c.arm(Deadline::kSend, std::min(c.env().now() + c.tcb().rtt.rto(c.env().settings), latest));
}

// When the peer counts as dead. RFC 9293 3.8.6.1: as long as it answers, a closed window is probed for ever; nobody
// answers for ever for a connection that its user has closed.
Instant dead_at(const Connection& c) {
  const Tcb& t = c.tcb();
  const bool answers_count = t.send_timer == SendTimer::kPersist && !c.orphan();
  const Instant since = answers_count ? std::max(t.progress_at, t.heard_at) : t.progress_at;
  return since + c.options().user_timeout;
}

void give_up(Connection& c) {
  c.env().count(Counter::kTcpTimedOut);
  if (c.tcb().state != State::kSynSent) send_reset(c);
  c.end(CloseReason::kTimedOut);
}

// The SYN or, after a simultaneous open, the SYN-ACK was lost. The connect timeout (Deadline::kLife) ends this, or the
// number of retries, if that is sooner; a number that the back-off does not count to is none.
void on_syn_timeout(Connection& c) {
  if (c.tcb().rtt.backoff() == c.env().settings.syn_retries) return give_up(c);
  c.tcb().syn_lost = true;
  c.tcb().retransmitted_at = c.env().now();
  c.tcb().rtt.back_off();
  ++c.tcb().sent_again;
  c.env().count(Counter::kTcpSegmentsRetransmitted);
  send_syn(c);
  restart_send_timer(c);
}

// The peer has closed its window over what is in flight: only a byte goes out, and the persist timer takes over.
void probe_instead(Connection& c) {
  Tcb& t = c.tcb();
  t.sender.rewind();
  end_flight(c);
  t.send_timer = SendTimer::kPersist;
  send_head(c);
}

// RFC 6298 5.4 to 5.6. What is in flight counts as lost, as far as RFC 8985 6.3 says so, and is sent again in slow
// start, the first of it at once.
void on_retransmission_timeout(Connection& c) {
  Tcb& t = c.tcb();
  const Instant latest = dead_at(c);
  if (latest <= c.env().now()) return give_up(c);
  c.env().count(Counter::kTcpRetransmissionTimeouts);
  recover_on_timeout(c);
  t.rtt.back_off();
  suspect_black_hole(c);
  t.probe.sent = false;
  if (t.sender.snd_wnd() == 0) {
    probe_instead(c);
  } else {
    send_first_lost(c);
    c.want_output();
  }
  restart_send_timer_until(c, latest);
}

void on_persist_timeout(Connection& c) {
  Tcb& t = c.tcb();
  const Instant latest = dead_at(c);
  if (latest <= c.env().now()) return give_up(c);
  c.env().count(Counter::kTcpWindowProbes);
  t.rtt.back_off();
  send_head(c);
  if (t.sender.in_flight()) t.send_timer = SendTimer::kRetransmit;
  restart_send_timer_until(c, latest);
}

void on_send_deadline(Connection& c) {
  const State state = c.tcb().state;
  if (state == State::kSynSent || state == State::kSynReceived) return on_syn_timeout(c);
  switch (c.tcb().send_timer) {
    case SendTimer::kOff:
      return;
    case SendTimer::kRetransmit:
      return on_retransmission_timeout(c);
    case SendTimer::kPersist:
      return on_persist_timeout(c);
  }
}

// RFC 9293 3.8.4: only a probe that was sent and not answered says anything. While there is something to send none is:
// the retransmission or persist timer finds a dead peer, in its own time. So it is with whatever a closed connection
// still waits for, but for FIN-WAIT-2.
void on_keep_alive(Connection& c) {
  Tcb& t = c.tcb();
  const Duration idle = c.options().keep_alive_idle;
  const Instant due = t.heard_at + idle;
  if (due > c.env().now()) return c.arm(Deadline::kLife, due);
  if (t.sender.in_flight() || t.sender.unsent()) return c.arm(Deadline::kLife, c.env().now() + idle);
  if (t.keep_alive_sent >= c.options().keep_alive_probes) return give_up(c);
  ++t.keep_alive_sent;
  send_keep_alive(c);
  c.arm(Deadline::kLife, c.env().now() + c.options().keep_alive_interval);
}

void on_life_deadline(Connection& c) {
  switch (c.tcb().state) {
    case State::kSynSent:
    case State::kSynReceived:
      return give_up(c);
    case State::kFinWait2:
      if (c.orphan()) return give_up(c);
      return on_keep_alive(c);
    default:
      return on_keep_alive(c);
  }
}

}  // namespace

void on_deadline(Connection& c, Deadline deadline) {
  switch (deadline) {
    case Deadline::kLossProbe:
      return on_loss_probe_deadline(c);
    case Deadline::kSend:
      return on_send_deadline(c);
    case Deadline::kDelayedAck:
      c.tcb().acks.require(AckSchedule::Due::kEndOfPoll);
      return c.want_output();
    case Deadline::kLife:
      return on_life_deadline(c);
    case Deadline::kCount:
      return;
  }
}

void limit_connect(Connection& c) {
  c.arm(Deadline::kLife, c.tcb().sent_at + std::min(c.env().settings.connect_timeout, c.options().user_timeout));
}

void heed_user_timeout(Connection& c) {
  if (c.tcb().state == State::kSynSent || c.tcb().state == State::kSynReceived) return limit_connect(c);
  if (c.tcb().send_timer == SendTimer::kOff) return;
  c.arm(Deadline::kSend, std::min(c.deadline(Deadline::kSend), dead_at(c)));
}

void watch_for_silence(Connection& c) {
  c.tcb().keep_alive_sent = 0;
  if (c.options().keep_alive_idle > Duration{}) {
    c.arm(Deadline::kLife, c.env().now() + c.options().keep_alive_idle);
  } else {
    c.disarm(Deadline::kLife);
  }
}

}  // namespace sluice::tcp
