#include "tcp/segment_in.h"

#include "tcp/ack_in.h"
#include "tcp/handshake.h"
#include "tcp/round_trip.h"
#include "tcp/segment_out.h"
#include "tcp/timeouts.h"

namespace sluice::tcp {

namespace {

// A step lets the segment pass on to the next one or ends its processing.
enum class Step : uint8_t { kContinue, kDone };

constexpr Duration kTimestampsStayValid = Duration::seconds(24 * 24 * 3600);  // RFC 7323 5.5

Step drop(Connection& c, Counter reason) {
  c.env().count(reason);
  return Step::kDone;
}

// The answer to what is not acceptable (3.10.7.4, first step). What carries no text and no FIN is answered within
// limits only, so that two ends never answer each other for ever.
Step refuse(Connection& c, const Segment& s, Counter reason) {
  if (!s.flags.rst) {
    s.flags.syn || s.bare ? send_challenge_ack(c) : send_ack(c);
  }
  return drop(c, reason);
}

// An older timestamp than that of the segment to which the peer was last answered. REQUIRES: `s` has one.
bool is_older(const Connection& c, const Segment& s) {
  const TimestampState& ts = c.tcb().timestamps;
  return static_cast<int32_t>(s.options.timestamps->tsval - ts.ts_recent) < 0 &&
         c.env().now() - ts.ts_recent_at < kTimestampsStayValid;
}

// RFC 7323 5.3, R1: PAWS. RST needs no timestamps, and a SYN is answered further below whatever it carries.
Step check_timestamps(Connection& c, const Segment& s) {
  if (!c.tcb().timestamps.enabled || s.flags.rst || s.flags.syn) return Step::kContinue;
  if (!s.options.timestamps) return drop(c, Counter::kTcpTimestampsMissing);
  return is_older(c, s) ? refuse(c, s, Counter::kTcpPaws) : Step::kContinue;
}

// The range in which an acknowledgement can be meant seriously (RFC 5961 5.2).
bool acknowledges_in_range(const Connection& c, const Segment& s) {
  const Sender& snd = c.tcb().sender;
  return s.flags.ack && s.ack <= snd.snd_max() && s.ack >= snd.snd_una() - SeqLen{snd.max_snd_wnd()};
}

// RFC 7323 4.3: TS.Recent follows the segment that the next acknowledgement will answer. REQUIRES: who sent it knows
// our numbers, too: else a single guess would have PAWS drop all that the peer sends for weeks (RFC 5961 5).
void set_timestamp(Connection& c, const Segment& s) {
  TimestampState& ts = c.tcb().timestamps;
  if (!ts.enabled || !s.options.timestamps || s.seq > ts.last_ack_sent || is_older(c, s)) return;
  ts.ts_recent = s.options.timestamps->tsval;
  ts.ts_recent_at = c.env().now();
}

void take_timestamp(Connection& c, const Segment& s) {
  if (acknowledges_in_range(c, s)) set_timestamp(c, s);
}

// The peer's SYN once more, without ACK, after a simultaneous open: our SYN-ACK was lost. 3.10.7.4 asks for an
// acknowledgement, but whoever is still in SYN-SENT only listens to a SYN.
Step answer_repeated_syn(Connection& c, const Segment& syn) {
  set_timestamp(c, syn);
  c.tcb().syn_lost = true;
  c.tcb().retransmitted_at = c.env().now();
  ++c.tcb().sent_again;
  c.env().count(Counter::kTcpSegmentsRetransmitted);
  send_syn(c);
  return Step::kDone;
}

// A closed window refuses text, but not the acknowledgement that comes with it (3.10.7.4, first step), nor a FIN alone,
// which needs no room.
bool passes_closed_window(Connection& c, Segment& s) {
  if (c.tcb().receiver.rcv_wnd() != 0 || s.seq != c.tcb().receiver.rcv_nxt() || s.flags.syn) return false;
  if (s.text_bytes() > 0) {
    s.trim_from(s.seq);
    c.tcb().acks.require(AckSchedule::Due::kNow);
    c.env().count(Counter::kTcpBeyondWindow);
  }
  return true;
}

// Text that ends at RCV.NXT comes again because its acknowledgement was lost. Its time is taken like that of new text,
// as common stacks do: the echo of the first one tells the peer nothing of its repair, whose back-off then goes on. RST
// and SYN have not passed PAWS.
void take_time_of_repeated_text(Connection& c, const Segment& s) {
  if (s.flags.rst || s.flags.syn || s.text_bytes() == 0) return;
  if (s.end() == c.tcb().receiver.rcv_nxt()) take_timestamp(c, s);
}

// RFC 2883 4.1: what lies before RCV.NXT was here already.
void note_old_text(Connection& c, const Segment& s) {
  const SeqNum rcv_nxt = c.tcb().receiver.rcv_nxt();
  if (s.text_bytes() > 0 && s.seq < rcv_nxt) {
    c.tcb().receiver.on_duplicate(s.seq, min(s.seq + SeqLen{s.text_bytes()}, rcv_nxt), c.env().out_of_order);
  }
}

// First: the sequence number; then the segment is cut to the window.
Step check_sequence(Connection& c, Segment& s) {
  Receiver& r = c.tcb().receiver;
  if (c.tcb().state == State::kSynReceived && s.flags.syn && s.seq == r.irs()) {
    if (!s.flags.ack) return answer_repeated_syn(c, s);
    s.trim_before(s.seq + SeqLen{1});  // the SYN-ACK repeats the SYN; its acknowledgement is what counts
  }
  if (passes_closed_window(c, s)) {
    take_timestamp(c, s);
    return Step::kContinue;
  }
  note_old_text(c, s);
  take_time_of_repeated_text(c, s);
  if (!r.acceptable(s.seq, s.length())) return refuse(c, s, Counter::kTcpOutOfWindow);
  if (s.flags.rst || s.flags.syn) return Step::kContinue;
  take_timestamp(c, s);
  if (s.seq < r.rcv_nxt()) {
    if (s.text_bytes() > 0) c.env().count(Counter::kTcpTextRepeated);
    s.trim_before(r.rcv_nxt());
    c.tcb().acks.require(AckSchedule::Due::kNow);  // a repeated segment: its acknowledgement was lost
  }
  if (s.end() > r.rcv_adv()) {
    s.trim_from(r.rcv_adv());
    c.env().count(Counter::kTcpBeyondWindow);
  }
  return Step::kContinue;
}

// Second: RST counts at exactly RCV.NXT; elsewhere in the window it may be a guess (RFC 5961 3.2).
Step check_reset(Connection& c, const Segment& s) {
  if (!s.flags.rst) return Step::kContinue;
  if (s.seq != c.tcb().receiver.rcv_nxt()) {
    send_challenge_ack(c);
    return drop(c, Counter::kTcpResetNotExact);
  }
  c.env().count(Counter::kTcpResetByPeer);
  c.end(c.tcb().state == State::kSynReceived ? CloseReason::kRefused : CloseReason::kReset);
  return Step::kDone;
}

// Fourth: a SYN in the window: the peer may have restarted; a challenge finds out (RFC 5961 4.2).
Step check_syn(Connection& c, const Segment& s) {
  if (!s.flags.syn) return Step::kContinue;
  send_challenge_ack(c);
  return drop(c, Counter::kTcpSynInConnection);
}

// Fifth, SYN-RECEIVED: our SYN-ACK is acknowledged.
Step finish_handshake(Connection& c, const Segment& s) {
  Tcb& t = c.tcb();
  if (t.state != State::kSynReceived) return Step::kContinue;
  if (s.ack != t.sender.iss() + SeqLen{1}) {
    send_reset_for(c.env(), t.tuple, s);
    return drop(c, Counter::kTcpAckOutOfRange);
  }
  t.sender.on_syn_acknowledged();
  measure_handshake(c, s);
  enter_established(c, s);
  return Step::kContinue;
}

// Fifth.
Step check_ack_range(Connection& c, const Segment& s) {
  if (acknowledges_in_range(c, s)) return Step::kContinue;
  send_challenge_ack(c);
  return drop(c, Counter::kTcpAckOutOfRange);
}

// Fifth, the states that wait for our FIN to be acknowledged. kDone: the connection is gone.
Step advance_close(Connection& c) {
  Tcb& t = c.tcb();
  if (!t.sender.fin_acknowledged()) return Step::kContinue;
  switch (t.state) {
    case State::kFinWait1:
      t.state = State::kFinWait2;
      if (c.orphan()) c.arm(Deadline::kLife, c.env().now() + c.env().settings.fin_wait_2);
      return Step::kContinue;
    case State::kClosing:
      c.end_in_time_wait();
      return Step::kDone;
    case State::kLastAck:
      c.end(CloseReason::kFinished);
      return Step::kDone;
    default:
      return Step::kContinue;
  }
}

Step check_ack(Connection& c, const Segment& s) {
  if (!s.flags.ack) return drop(c, Counter::kTcpNoAck);
  if (finish_handshake(c, s) == Step::kDone || check_ack_range(c, s) == Step::kDone) return Step::kDone;
  take_congestion_echo(c, s);
  take_acknowledgement(c, s);
  return advance_close(c);
}

// Sixth: urgent data is delivered as any other (RFC 6093 lets the pointer be ignored).

bool receives_text(State state) {
  return state == State::kEstablished || state == State::kFinWait1 || state == State::kFinWait2;
}

// Text ahead of a gap is a luxury: when packets are few it is dropped, and comes again. When hardly any are left, so is
// text in order for which a window was offered in better times, as long as nobody reads what is there.
Receiver::Arrival place_text(Connection& c, Segment& s) {
  Environment& env = c.env();
  Receiver& r = c.tcb().receiver;
  if (s.seq > r.rcv_nxt() && env.packets_scarce()) {
    r.forget_out_of_order(env.out_of_order);
    env.count(Counter::kTcpOutOfOrderFull);
    return Receiver::Arrival::kRefused;
  }
  if (env.packets_critical() && r.unread_bytes() >= env.share_of(UINT32_MAX)) {
    env.count(Counter::kTcpTextShed);
    return Receiver::Arrival::kRefused;
  }
  const auto arrival = r.on_text(s.seq, std::move(s.text), env.out_of_order);
  if (arrival == Receiver::Arrival::kRefused) env.count(Counter::kTcpOutOfOrderFull);
  return arrival;
}

// Seventh: the text.
void take_text(Connection& c, Segment& s) {
  Tcb& t = c.tcb();
  if (s.flags.fin) t.receiver.on_fin(s.seq + SeqLen{s.text_bytes()});
  const uint32_t bytes = s.text_bytes();
  if (bytes == 0) return;
  if (bytes < kSmallestMss) c.env().count(Counter::kTcpSmallSegments);
  if (c.orphan()) c.env().count(Counter::kTcpTextUnwanted);
  switch (place_text(c, s)) {
    case Receiver::Arrival::kInOrder:
      t.acks.on_text(bytes, s.flags.psh);
      c.raise_readable();
      break;
    case Receiver::Arrival::kFilledGap:
      t.acks.require(AckSchedule::Due::kNow);  // RFC 5681 4.2
      c.raise_readable();
      break;
    case Receiver::Arrival::kOutOfOrder:
      c.env().count(Counter::kTcpOutOfOrder);
      t.acks.on_gap();
      break;
    case Receiver::Arrival::kDuplicate:
      c.env().count(Counter::kTcpTextRepeated);
      t.acks.require(AckSchedule::Due::kNow);
      break;
    case Receiver::Arrival::kRefused:
      t.acks.require(AckSchedule::Due::kNow);
      break;
  }
}

// Eighth: the FIN, once all text before it is here.
void check_fin(Connection& c, const Segment& s) {
  Tcb& t = c.tcb();
  if (!t.receiver.try_finish()) {
    if (s.flags.fin) t.acks.require(AckSchedule::Due::kNow);  // it is ahead of a gap
    return;
  }
  t.acks.require(AckSchedule::Due::kEndOfPoll);
  c.raise_readable();
  switch (t.state) {
    case State::kEstablished:
      t.state = State::kCloseWait;
      break;
    case State::kFinWait1:
      t.state = State::kClosing;  // had our FIN been acknowledged, the fifth step would have moved on
      break;
    case State::kFinWait2:
      send_ack(c);
      c.end_in_time_wait();
      break;
    default:
      break;
  }
}

}  // namespace

void segment_arrives(Connection& c, Segment& s) {
  if (check_timestamps(c, s) == Step::kDone || check_sequence(c, s) == Step::kDone ||
      check_reset(c, s) == Step::kDone || check_syn(c, s) == Step::kDone || check_ack(c, s) == Step::kDone) {
    return;
  }
  Tcb& t = c.tcb();
  t.heard_at = c.env().now();
  if (t.keep_alive_sent > 0 && !c.orphan()) watch_for_silence(c);
  take_congestion_marks(c, s);
  if (receives_text(t.state)) {
    take_text(c, s);
    check_fin(c, s);
  } else if (s.text_bytes() > 0) {
    c.env().count(Counter::kTcpTextAfterEnd);  // seventh: ignored
  }
  if (t.state == State::kClosed) return;
  if (t.acks.due() == AckSchedule::Due::kNow) send_ack(c);
  if (t.acks.due() != AckSchedule::Due::kNone) c.want_output();
}

}  // namespace sluice::tcp
