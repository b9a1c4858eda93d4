// SEGMENT ARRIVES in SYN-SENT: RFC 9293 3.10.7.3.
#include "tcp/handshake.h"
#include "tcp/round_trip.h"
#include "tcp/segment_in.h"
#include "tcp/segment_out.h"

namespace sluice::tcp {

namespace {

// First: an acknowledgement of anything but our SYN belongs to an earlier connection.
bool check_ack(Connection& c, const Segment& s) {
  if (!s.flags.ack || s.ack == c.tcb().sender.snd_nxt()) return true;
  c.env().count(Counter::kTcpAckOutOfRange);
  send_reset_for(c.env(), c.tcb().tuple, s);
  return false;
}

// Second: RST counts only with an acceptable ACK.
bool check_reset(Connection& c, const Segment& s) {
  if (!s.flags.rst) return true;
  if (s.flags.ack) {
    c.env().count(Counter::kTcpConnectRefused);
    c.end(CloseReason::kRefused);
  } else {
    c.env().count(Counter::kTcpResetNotExact);
  }
  return false;
}

// Fourth: the peer's SYN. With our own acknowledged the connection is ESTABLISHED, without it both sides opened at
// once and this one answers with SYN-ACK.
void on_syn(Connection& c, const Segment& s) {
  Tcb& t = c.tcb();
  const uint32_t buffer = std::min(c.env().settings.receive_buffer_bytes, kFirstBufferBytes);
  t.receiver.open(s.seq, buffer, std::min(buffer, 65'535u));
  take_peer_options(c, s.options);
  if (!s.flags.ack) {
    t.state = State::kSynReceived;
    t.sender.start_window(s.seq, t.sender.snd_una(), s.window_bytes(t.snd_wind_shift));
    return send_syn(c);
  }
  if (c.env().settings.ecn && !t.syn_lost && agrees_to_ecn(s.flags)) enable_ecn(c);
  t.sender.on_syn_acknowledged();
  measure_handshake(c, s);
  enter_established(c, s);
  t.acks.require(AckSchedule::Due::kEndOfPoll);
}

}  // namespace

void segment_arrives_in_syn_sent(Connection& c, Segment& s) {
  if (!check_ack(c, s) || !check_reset(c, s)) return;
  // Fifth: neither SYN nor RST.
  if (!s.flags.syn) return c.env().count(Counter::kTcpNoSyn);
  on_syn(c, s);
  if (c.tcb().state == State::kSynReceived || s.length() == SeqLen{1}) return;
  // Text or a FIN beside the SYN goes through the steps of a synchronized state.
  s.trim_before(s.seq + SeqLen{1});
  segment_arrives(c, s);
}

}  // namespace sluice::tcp
