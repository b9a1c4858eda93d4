#include "tcp/segment_out.h"

#include <algorithm>

#include "tcp/flight.h"
#include "tcp/isn.h"
#include "tcp/loss_recovery.h"
#include "tcp/path_mtu.h"
#include "tcp/segment_builder.h"
#include "tcp/tail_loss_probe.h"

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
  if (text_bytes < mss) t.receiver.report_sack(options, mss - text_bytes, c.env().out_of_order);
  return options;
}

wire::TcpHeader header_of(Connection& c, SeqNum seq, uint32_t text_bytes = 0) {
  Tcb& t = c.tcb();
  wire::TcpHeader header{
      .seq = seq.raw(),
      .ack = t.receiver.rcv_nxt().raw(),
      .flags = {.ack = true},
      .window = t.receiver.offer_window(t.advertised_mss, c.env().share_of(c.env().settings.receive_buffer_bytes)),
      .options = options_beside(c, text_bytes)};
  echo_congestion(c, header);
  return header;
}

// The pool is empty: text that waits for a gap to be filled may be what keeps the packet that would fill it.
bool on_no_packet(Connection& c) {
  c.tcb().receiver.forget_out_of_order(c.env().out_of_order);
  return false;
}

// The acknowledgement that this segment carried pays what was owed.
void on_acknowledgement_sent(Connection& c, bool beside_text) {
  c.tcb().acks.on_sent(beside_text);
  c.tcb().timestamps.last_ack_sent = c.tcb().receiver.rcv_nxt();
  c.disarm(Deadline::kDelayedAck);
  c.env().count(Counter::kTcpSegmentsSent);
}

constexpr Duration kChallengeInterval = Duration::milliseconds(500);

// Less than this is copied sooner than shared.
constexpr uint32_t kSharedTextBytes = 512;
// What a device is handed to cut: an IP packet's length has 16 bits, and some devices cut into 64 pieces at most.
constexpr uint32_t kLongestText = 64'000;
constexpr uint32_t kMostSegmentsCut = 44;

SendPiece lengthened(Connection& c, const SendPiece& piece, uint32_t room_bytes) {
  // No device has been seen to cut IPv6: there every segment leaves by itself.
  if (!c.env().output.offloads().segmentation || !c.tcb().tuple.remote.address.is_v4()) return piece;
  // CWR stands on one segment (RFC 3168 6.1.2): many a device copies it onto all that it cuts, and the peer would take
  // the later ones for the answer to a mark among the earlier.
  if (c.tcb().ecn.reduction_due) return piece;
  Sender& sender = c.tcb().sender;
  const uint32_t most = std::min({room_bytes, kLongestText, kMostSegmentsCut * sender.mss()});
  return sender.lengthened(piece, most, TransmitOffloads::kMostPartsCut - 1);
}

// The text of a piece, shared where the device takes chained buffers and it pays, else copied. False: no packet for it.
bool put_text(Connection& c, const SendPiece& piece, SegmentBuilder& segment) {
  Sender& sender = c.tcb().sender;
  const bool cut = piece.text_bytes > sender.mss();
  if (cut) segment.cut_into(sender.mss());
  const bool shared = c.env().output.offloads().multi_segment && piece.text_bytes >= kSharedTextBytes &&
                      sender.bytes_in_parts(piece, TransmitOffloads::kMostParts - 1) == piece.text_bytes;
  if (cut || shared) return sender.try_share_text(piece, segment.chain(), c.env().packets);
  sender.copy_text(piece, segment.text(piece.text_bytes));
  return true;
}

bool send_piece(Connection& c, const SendPiece& piece) {
  Tcb& t = c.tcb();
  wire::TcpHeader header = header_of(c, piece.seq, piece.text_bytes);
  header.flags.fin = piece.fin;
  header.flags.psh = piece.push;
  const bool fresh = piece.text_bytes > 0 && piece.seq >= t.sender.snd_max() && t.sender.inside_window(piece);
  const wire::Ecn ecn = fresh ? mark_new_text(c, header) : wire::Ecn::kNotCapable;
  SegmentBuilder segment(c.env().packets, t.tuple, header);
  if (!segment || !put_text(c, piece, segment)) return on_no_packet(c);
  segment.send(c.env().output, ecn);
  if (fresh) on_marked_text_sent(c);
  if (piece.text_bytes > t.sender.mss()) c.env().count(Counter::kTcpSuperSegments);
  on_acknowledgement_sent(c, piece.text_bytes > 0);
  return true;
}

bool send_bare(Connection& c, SeqNum seq) {
  SegmentBuilder segment(c.env().packets, c.tcb().tuple, header_of(c, seq));
  if (!segment) return on_no_packet(c);
  segment.send(c.env().output);
  on_acknowledgement_sent(c, false);
  return true;
}

void restart_retransmission_timer(Connection& c) {
  c.arm(Deadline::kSend, c.env().now() + c.tcb().rtt.rto(c.env().settings));
}

// RFC 6298 3: one segment at a time is timed, and never one that was sent before (Karn). What a probe of the tail
// has repeated goes on being timed: how soon its answer comes tells which transmission it is for.
void time_round_trip(RttTiming& timing, const SendPiece& piece, bool again, bool tail_probe, Instant now) {
  if (again) {
    timing.running &= tail_probe;
    timing.probed = timing.running;
  } else if (!timing.running) {
    timing = {.running = true, .end = piece.end(), .sent_at = now};
  }
}

// Something in flight was sent once more. The head waits for its acknowledgement anew.
void note_repair(Connection& c, const SendPiece& piece) {
  Tcb& t = c.tcb();
  Flight& f = *t.flight;
  if (!f.first_again_ms) f.first_again_ms = timestamp_clock(c.env().now());
  if (f.recovery != Recovery::kNone) t.regrets.on_sent_again(piece.seq, piece.end());
  if (piece.seq == t.sender.snd_una()) restart_retransmission_timer(c);
}

void note_sent(Connection& c, const SendPiece& piece) {
  Tcb& t = c.tcb();
  const Instant now = c.env().now();
  const bool again = piece.seq < t.sender.snd_max();
  const bool repair = piece.seq < t.sender.snd_nxt();
  const bool probe = !t.sender.inside_window(piece);
  const bool begins = !t.sender.in_flight();
  t.sent_at = now;
  if (again || probe) {
    t.retransmitted_at = now;
    ++t.sent_again;
    c.env().count(Counter::kTcpSegmentsRetransmitted);
  }
  t.sender.on_sent(piece);
  if (probe) return;
  if (begins) t.progress_at = now;
  Flight& f = flight_of(c);
  const bool tail_probe = repair && f.recovery == Recovery::kNone;
  if (tail_probe) f.begin_repairs();
  time_round_trip(f.timing, piece, again, tail_probe, now);
  f.board.on_sent(piece.seq, piece.end(), now, again, c.env().transmissions);
  if (f.recovery == Recovery::kFast) f.prr.on_sent(piece.bytes());
  if (repair) note_repair(c, piece);
}

// New text, or what is known to be lost. False: no packet for it.
bool send_in_turn(Connection& c, const SendPiece& piece) {
  const bool lost = piece.seq < c.tcb().sender.snd_nxt();
  if (!send_piece(c, piece)) return false;
  note_sent(c, piece);
  if (lost) on_piece_repaired(c, piece);
  return true;
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
  c.env().congestion().on_idle_restart(t.congestion, t.sender.mss());
}

// "Within" some time (RFC 9293 3.8.6.3): the tick before it, since the wheel fires at the end of a tick.
Instant delayed_ack_at(const Environment& env) {
  const Instant latest = env.now() + env.settings.delayed_ack;
  return {latest.ns - latest.ns % TimerWheel::kTick.ns};
}

// What is lost goes before what is new.
std::optional<SendPiece> next_piece(Connection& c) {
  const Tcb& t = c.tcb();
  if (repairs_first(t)) return next_lost_piece(t);
  const uint32_t room = congestion_room(t);
  const auto piece = t.sender.next(room, c.options().nagle);
  return piece ? lengthened(c, *piece, room) : piece;
}

// RFC 4821 7.7: a segment of the size that is suspected to vanish, to be certain of it.
void try_old_size(Connection& c) {
  Tcb& t = c.tcb();
  const OldSize as_before(c);
  const auto piece = repairs_first(t) ? next_lost_piece(t) : t.sender.next(congestion_room(t), c.options().nagle);
  if (!piece || piece->text_bytes < t.sender.mss() || !send_piece(c, *piece)) return;
  note_sent(c, *piece);
  on_old_size_sent(c, *piece);
}

void send_what_fits(Connection& c) {
  if (old_size_is_due(c)) try_old_size(c);
  while (const auto piece = next_piece(c)) {
    if (!send_in_turn(c, *piece)) break;
  }
}

void send_data(Connection& c) {
  Tcb& t = c.tcb();
  if (!t.sender.unsent() && !repairs_first(t)) return;
  restart_after_idle(c);
  follow_path_mtu(c);
  send_what_fits(c);
  if (f_rto_has_no_new_text(t)) send_what_fits(c);
  if (t.flight == nullptr) return;
  const bool more = t.sender.unsent() || repairs_first(t);
  const bool limited = more && congestion_room(t) < t.sender.mss();
  t.flight->window_use.on_sent(t.sender.snd_una(), t.sender.snd_nxt(), t.sender.flight_bytes(), limited);
}

}  // namespace

void send_pending(Connection& c) {
  Tcb& t = c.tcb();
  if (t.state == State::kSynSent || t.state == State::kSynReceived || t.state == State::kClosed) return;
  const SeqNum snd_nxt = t.sender.snd_nxt();
  send_data(c);
  choose_send_timer(c);
  refresh_loss_probe(c, t.sender.snd_nxt() != snd_nxt);
  switch (t.acks.due()) {
    case AckSchedule::Due::kNone:
      break;
    case AckSchedule::Due::kDelayed:
      if (!c.armed(Deadline::kDelayedAck)) c.arm(Deadline::kDelayedAck, delayed_ack_at(c.env()));
      break;
    case AckSchedule::Due::kEndOfPoll:
    case AckSchedule::Due::kNow:
      send_ack(c);
      break;
  }
}

void send_head(Connection& c) {
  const SendPiece piece = c.tcb().sender.head();
  if (send_piece(c, piece)) note_sent(c, piece);
}

void send_first_lost(Connection& c) {
  const Tcb& t = c.tcb();
  const Transmission* lost = t.flight->board.first_lost();
  if (lost == nullptr) return;
  const SendPiece piece = t.sender.piece_within(lost->seq, lost->bytes());
  if (piece.bytes() > 0) (void)send_in_turn(c, piece);
}

bool send_loss_probe(Connection& c, const SendPiece& piece) {
  if (!send_piece(c, piece)) return false;
  note_sent(c, piece);
  restart_retransmission_timer(c);
  return true;
}

void send_ack(Connection& c) {
  send_bare(c, c.tcb().sender.acceptable_seq());
}

void send_challenge_ack(Connection& c) {
  Tcb& t = c.tcb();
  const uint32_t now_ms = timestamp_clock(c.env().now());
  const bool within_limit = c.env().challenge_acks.try_take(c.env().now());
  if (!within_limit && now_ms - t.challenged_ms < kChallengeInterval.ms()) {
    return c.env().count(Counter::kTcpChallengeAckSuppressed);
  }
  t.challenged_ms = now_ms;
  c.env().count(Counter::kTcpChallengeAcks);
  send_ack(c);
}

void send_keep_alive(Connection& c) {
  send_bare(c, c.tcb().sender.snd_una() - SeqLen{1});
}

void send_syn(Connection& c) {
  Tcb& t = c.tcb();
  const Settings& settings = c.env().settings;
  const bool answer = t.state == State::kSynReceived;
  wire::TcpHeader header{.seq = t.sender.iss().raw(), .flags = {.syn = true, .ack = answer}};
  if (answer) header.ack = t.receiver.rcv_nxt().raw();
  // The window of a SYN is never scaled (RFC 7323 2.2).
  header.window = static_cast<uint16_t>(std::min(settings.receive_buffer_bytes, 65'535u));
  header.options = options_of(c);
  header.options.mss = t.advertised_mss;
  header.options.sack_permitted = !answer || t.sack_permitted;
  if (!answer && !t.syn_lost && settings.ecn) header.flags.ece = header.flags.cwr = true;
  if (answer ? t.window_scaling : settings.window_scale) header.options.window_scale = c.env().rcv_wind_shift;
  if (!answer && settings.timestamps) {
    header.options.timestamps = {timestamp_clock(c.env().now()) + t.timestamps.offset, 0};
  }
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
