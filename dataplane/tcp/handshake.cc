#include "tcp/handshake.h"

#include <algorithm>

#include "tcp/timeouts.h"

namespace sluice::tcp {

namespace {

constexpr uint16_t kDefaultMssIpv4 = 536;
constexpr uint16_t kDefaultMssIpv6 = 1220;
constexpr uint16_t kTimestampOptionBytes = 12;  // with its padding

}  // namespace

uint16_t peer_mss(const wire::TcpOptions& options, const IpAddress& remote) {
  const uint16_t fallback = remote.is_v4() ? kDefaultMssIpv4 : kDefaultMssIpv6;
  return std::max(options.mss.value_or(fallback), kSmallestMss);
}

void take_peer_options(Connection& c, const wire::TcpOptions& options) {
  Tcb& t = c.tcb();
  t.peer_mss = peer_mss(options, t.tuple.remote.address);
  t.acks.begin(t.peer_mss);
  t.window_scaling = options.window_scale.has_value();
  t.snd_wind_shift = options.window_scale.value_or(0);
  t.receiver.set_shift(t.window_scaling ? c.env().rcv_wind_shift : 0);
  t.sack_permitted = options.sack_permitted;
  if (t.sack_permitted) t.receiver.use_sack();
  t.timestamps.enabled = options.timestamps.has_value();
  if (options.timestamps) {
    t.timestamps.ts_recent = options.timestamps->tsval;
    t.timestamps.ts_recent_at = c.env().now();
    t.timestamps.last_ack_sent = t.receiver.rcv_nxt();
  }
  refresh_mss(c);
}

void refresh_mss(Connection& c) {
  Tcb& t = c.tcb();
  const IpAddress& remote = t.tuple.remote.address;
  const auto learnt = c.env().paths.find(remote);
  t.path_version = c.env().paths.version();
  t.path_until = learnt ? learnt->until : Instant::never();
  uint16_t largest = std::min(t.peer_mss, c.env().path_mss(remote));
  if (const uint16_t mtu = t.black_hole.mtu_bytes; mtu > 0)
    largest = std::min<uint16_t>(largest, mtu - header_bytes_to(remote));
  t.sender.set_mss(largest - (t.timestamps.enabled ? kTimestampOptionBytes : 0));
  // What a timeout left of the window when segments were smaller must hold one of the new ones (RFC 5681 3.1): with
  // nothing in flight nothing else would let it grow. Before ESTABLISHED there is no window.
  if (t.congestion.cwnd > 0) t.congestion.cwnd = std::max<uint32_t>(t.congestion.cwnd, t.sender.mss());
}

void enter_established(Connection& c, const Segment& segment) {
  Tcb& t = c.tcb();
  t.sender.start_window(segment.seq, segment.ack, segment.window_bytes(t.snd_wind_shift));
  c.env().congestion().on_established(t.congestion, t.sender.mss(), t.syn_lost);
  if (t.syn_lost) t.rtt.forget_handshake();
  t.send_timer = SendTimer::kOff;
  c.disarm(Deadline::kSend);
  watch_for_silence(c);
  // A user that ended its side before the handshake was over has a FIN waiting (RFC 9293 3.10.4).
  t.state = t.sender.write_ended() ? State::kFinWait1 : State::kEstablished;
  t.heard_at = t.progress_at = t.sent_at = c.env().now();
  if (c.accepting() == nullptr) c.raise_connected();
  c.want_output();
}

}  // namespace sluice::tcp
