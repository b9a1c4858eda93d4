#include "tcp/segment_out.h"

#include <algorithm>

#include "tcp/isn.h"
#include "tcp/segment_builder.h"

namespace sluice::tcp {

namespace {

// Timestamps stand on every segment but RST once negotiated (RFC 7323 3.2).
wire::TcpOptions options_of(const Connection& c) {
  wire::TcpOptions options;
  if (c.tcb().timestamps.enabled) {
    options.timestamps = {timestamp_clock(c.env().now()) + c.tcb().timestamps.offset, c.tcb().timestamps.ts_recent};
  }
  return options;
}

// SACK blocks go where text leaves them room: the acknowledgement that each arrival beside a gap causes has no text.
wire::TcpOptions options_beside(Connection& c, uint32_t text_bytes) {
  Tcb& t = c.tcb();
  wire::TcpOptions options = options_of(c);
  const uint32_t mss = t.sender.mss();
  if (t.sack_permitted && text_bytes < mss) t.receiver.sack().report(options, mss - text_bytes);
  return options;
}

wire::TcpHeader header_of(Connection& c, SeqNum seq, uint32_t text_bytes = 0) {
  Tcb& t = c.tcb();
  return {.seq = seq.raw(),
          .ack = t.receiver.rcv_nxt().raw(),
          .flags = {.ack = true},
          .window = t.receiver.offer_window(t.advertised_mss, c.env().share_of(c.env().settings.receive_buffer_bytes)),
          .options = options_beside(c, text_bytes)};
}

// The pool is empty: text that waits for a gap to be filled may be what keeps the packet that would fill it.
bool on_no_packet(Connection& c) {
  c.tcb().receiver.forget_out_of_order(c.env().out_of_order);
  return false;
}

// The acknowledgement that this segment carried pays what was owed.
void on_acknowledgement_sent(Connection& c) {
  c.tcb().acks.on_sent();
  c.tcb().timestamps.last_ack_sent = c.tcb().receiver.rcv_nxt();
  c.disarm(Deadline::kDelayedAck);
  c.env().count(Counter::kTcpSegmentsSent);
}

bool send_piece(Connection& c, const SendPiece& piece) {
  Tcb& t = c.tcb();
  wire::TcpHeader header = header_of(c, piece.seq, piece.text_bytes);
  header.flags.fin = piece.fin;
  header.flags.psh = piece.push;
  SegmentBuilder segment(c.env().packets, t.tuple, header, piece.text_bytes);
  if (!segment) return on_no_packet(c);
  t.sender.copy_text(piece, segment.text());
  segment.send(c.env().output);
  on_acknowledgement_sent(c);
  return true;
}

bool send_bare(Connection& c, SeqNum seq) {
  SegmentBuilder segment(c.env().packets, c.tcb().tuple, header_of(c, seq));
  if (!segment) return on_no_packet(c);
  segment.send(c.env().output);
  on_acknowledgement_sent(c);
  return true;
}

// RFC 6298 3: one segment at a time is timed, and never one that was sent before (Karn).
void note_sent(Tcb& t, const SendPiece& piece, Instant now) {
  const bool again = piece.seq < t.sender.snd_max();
  if (again) {
    t.timing.running = false;
    t.retransmitted_at = now;
  } else if (!t.timing.running) {
    t.timing = {.running = true, .end = piece.end(), .sent_at = now};
  }
  if (!t.sender.in_flight()) t.progress_at = now;
  t.sent_at = now;
  t.sender.on_sent(piece);
}

void set_send_timer(Connection& c, SendTimer timer) {
  Tcb& t = c.tcb();
  if (t.send_timer == timer) return;
  t.send_timer = timer;
  if (timer == SendTimer::kOff) return c.disarm(Deadline::kSend);
  c.arm(Deadline::kSend, c.env().now() + t.rtt.rto(c.env().settings));
}

// Data in flight waits for the retransmission timer; data that a window keeps back with nothing in flight waits for the
// persist timer. The two never run together.
void choose_send_timer(Connection& c) {
  const Sender& s = c.tcb().sender;
  if (s.in_flight()) {
    set_send_timer(c, SendTimer::kRetransmit);
  } else if (s.unsent()) {
    if (c.tcb().send_timer != SendTimer::kPersist) c.tcb().progress_at = c.env().now();
    set_send_timer(c, SendTimer::kPersist);
  } else {
    set_send_timer(c, SendTimer::kOff);
  }
}

void restart_after_idle(Connection& c) {
  Tcb& t = c.tcb();
  if (t.sender.in_flight() || c.env().now() - t.sent_at <= t.rtt.rto(c.env().settings)) return;
  c.env().congestion.on_idle_restart(t.congestion, t.sender.mss());
}

void send_data(Connection& c) {
  Tcb& t = c.tcb();
  if (!t.sender.unsent()) return;
  restart_after_idle(c);
  const uint32_t window = t.recovery.window_bytes(t.congestion, t.sender.mss());
  while (const auto piece = t.sender.next(window, t.options.nagle)) {
    const bool again = piece->seq < t.sender.snd_max();
    if (!send_piece(c, *piece)) break;
    if (again) c.env().count(Counter::kTcpSegmentsRetransmitted);
    note_sent(t, *piece, c.env().now());
  }
  t.cwnd_limited = t.sender.unsent() && t.sender.flight_bytes() + t.sender.mss() > t.congestion.cwnd;
}

}  // namespace

void send_pending(Connection& c) {
  Tcb& t = c.tcb();
  if (t.state == State::kSynSent || t.state == State::kSynReceived || t.state == State::kClosed) return;
  send_data(c);
  choose_send_timer(c);
  switch (t.acks.due()) {
    case AckSchedule::Due::kNone:
      break;
    case AckSchedule::Due::kDelayed:
      if (!c.armed(Deadline::kDelayedAck)) c.arm(Deadline::kDelayedAck, c.env().now() + c.env().settings.delayed_ack);
      break;
    case AckSchedule::Due::kEndOfPoll:
    case AckSchedule::Due::kNow:
      send_ack(c);
      break;
  }
}

void send_head(Connection& c) {
  const SendPiece piece = c.tcb().sender.head();
  c.tcb().timing.running = false;
  if (!send_piece(c, piece)) return;
  c.env().count(Counter::kTcpSegmentsRetransmitted);
  c.tcb().sent_at = c.tcb().retransmitted_at = c.env().now();
  c.tcb().sender.on_sent(piece);
}

void send_ack(Connection& c) {
  send_bare(c, c.tcb().sender.acceptable_seq());
}

void send_challenge_ack(Connection& c) {
  if (!c.env().challenge_acks.try_take(c.env().now())) return c.env().count(Counter::kTcpChallengeAckSuppressed);
  c.env().count(Counter::kTcpChallengeAcks);
  send_ack(c);
}

void send_keep_alive(Connection& c) {
  send_bare(c, c.tcb().sender.snd_una() - SeqLen{1});
}

void send_syn(Connection& c) {
  Tcb& t = c.tcb();
  const bool answer = t.state == State::kSynReceived;
  wire::TcpHeader header{.seq = t.sender.iss().raw(), .flags = {.syn = true, .ack = answer}};
  if (answer) header.ack = t.receiver.rcv_nxt().raw();
  // The window of a SYN is never scaled (RFC 7323 2.2).
  header.window = static_cast<uint16_t>(std::min(c.env().settings.receive_buffer_bytes, 65'535u));
  header.options = options_of(c);
  header.options.mss = t.advertised_mss;
  header.options.sack_permitted = !answer || t.sack_permitted;
  if (!answer || t.window_scaling) header.options.window_scale = c.env().rcv_wind_shift;
  if (!answer) header.options.timestamps = {timestamp_clock(c.env().now()) + t.timestamps.offset, 0};
  SegmentBuilder segment(c.env().packets, t.tuple, header);
  if (!segment) return;
  segment.send(c.env().output);
  c.env().count(Counter::kTcpSegmentsSent);
}

void send_reset(Connection& c) {
  Tcb& t = c.tcb();
  const wire::TcpHeader header{
      .seq = t.sender.acceptable_seq().raw(), .ack = t.receiver.rcv_nxt().raw(), .flags = {.rst = true, .ack = true}};
  SegmentBuilder segment(c.env().packets, t.tuple, header);
  if (!segment) return;
  segment.send(c.env().output);
  c.env().count(Counter::kTcpResetsSent);
}

// RFC 9293 3.10.7.1: <SEQ=SEG.ACK><CTL=RST>, or <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> when there is no ACK.
void send_reset_for(Environment& env, const FourTuple& tuple, const Segment& s) {
  if (s.flags.rst) return;
  if (!env.resets.try_take(env.now())) return env.count(Counter::kTcpResetSuppressed);
  wire::TcpHeader header{.flags = {.rst = true}};
  if (s.flags.ack) {
    header.seq = s.ack.raw();
  } else {
    header.ack = s.end().raw();
    header.flags.ack = true;
  }
  SegmentBuilder segment(env.packets, tuple, header);
  if (!segment) return;
  segment.send(env.output);
  env.count(Counter::kTcpResetsSent);
}

}  // namespace sluice::tcp
