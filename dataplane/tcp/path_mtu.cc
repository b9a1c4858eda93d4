#include "tcp/path_mtu.h"

#include <algorithm>
#include <utility>

#include "tcp/handshake.h"

namespace sluice::tcp {

namespace {

// No router of today has a smaller MTU; a smaller claim is an attack on our packet rate (RFC 8201 6, RFC 4821 7.7).
constexpr uint16_t kSmallestMtuIpv4 = 576;
constexpr uint16_t kSmallestMtuIpv6 = 1280;
// What is tried where routers keep silent (RFC 4821 7.2). Packets up to the first size are not suspected: nearly every
// path takes them, as IPv6 demands.
constexpr uint16_t kSteps[] = {1280, 1024, kSmallestMtuIpv4};
constexpr uint8_t kSuspiciousTimeouts = 3;  // in a row; two are common where much is lost

uint16_t smallest_mtu(const IpAddress& remote) {
  return remote.is_v4() ? kSmallestMtuIpv4 : kSmallestMtuIpv6;
}

// The largest packets that this connection sends.
uint16_t path_mtu_of(const Connection& c) {
  const Tcb& t = c.tcb();
  const IpAddress& remote = t.tuple.remote.address;
  const auto peers_mtu = static_cast<uint16_t>(t.peer_mss + header_bytes_to(remote));
  const uint16_t mtu = std::min(c.env().path_mtu(remote), peers_mtu);
  return t.black_hole.mtu_bytes > 0 ? std::min(mtu, t.black_hole.mtu_bytes) : mtu;
}

// Full segments get smaller, and others to the destination with them.
bool lower(Connection& c, uint16_t mtu, Counter cause) {
  Environment& env = c.env();
  const IpAddress& remote = c.tcb().tuple.remote.address;
  if (mtu >= env.path_mtu(remote)) return false;
  env.paths.learn(remote, mtu);
  env.count(cause);
  const uint16_t before = c.tcb().sender.mss();
  refresh_mss(c);
  return c.tcb().sender.mss() < before;
}

// Segments may be as large as before.
void end_suspicion(Connection& c) {
  BlackHole& hole = c.tcb().black_hole;
  if (hole.step == BlackHole::Step::kNone) return;
  hole = {};
  refresh_mss(c);
}

}  // namespace

void follow_path_mtu(Connection& c) {
  const Tcb& t = c.tcb();
  if (t.path_version != c.env().paths.version() || t.path_until <= c.env().now()) refresh_mss(c);
}

bool on_packet_too_big(Connection& c, uint16_t mtu) {
  const IpAddress& remote = c.tcb().tuple.remote.address;
  if (!remote.is_v4() && mtu < kSmallestMtuIpv6) {  // RFC 8201 4: whoever says so does not know the path
    c.env().count(Counter::kTcpIcmpSoftErrors);
    return false;
  }
  const uint16_t passes = std::max(mtu, smallest_mtu(remote));
  if (passes < c.env().path_mtu(remote)) end_suspicion(c);  // a router knows more than a guess
  return lower(c, passes, Counter::kTcpPathMtuIcmp);
}

void suspect_black_hole(Connection& c) {
  Tcb& t = c.tcb();
  BlackHole& hole = t.black_hole;
  const uint16_t mtu = path_mtu_of(c);
  if (mtu <= kSteps[0] && hole.step == BlackHole::Step::kNone) return;
  if (t.sender.head().text_bytes < t.sender.mss()) return;
  if (hole.head != t.sender.snd_una()) hole.timeouts = 0;
  hole.head = t.sender.snd_una();
  if (++hole.timeouts < kSuspiciousTimeouts) return;
  for (const uint16_t step : kSteps) {
    if (step >= mtu || step < smallest_mtu(t.tuple.remote.address)) continue;
    hole.mtu_bytes = step;
    hole.step = BlackHole::Step::kSuspected;
    return refresh_mss(c);
  }
}

void on_progress(Connection& c) {
  BlackHole& hole = c.tcb().black_hole;
  if (hole.step == BlackHole::Step::kSuspected) hole.step = BlackHole::Step::kHelps;
  if (hole.step == BlackHole::Step::kTrying && c.tcb().sender.snd_una() >= hole.tried_end) end_suspicion(c);
}

bool old_size_is_due(const Connection& c) {
  return c.tcb().black_hole.step == BlackHole::Step::kHelps;
}

OldSize::OldSize(Connection& c) : c_(c), suspected_mtu_(std::exchange(c.tcb().black_hole.mtu_bytes, 0)) {
  refresh_mss(c);
}

OldSize::~OldSize() {
  c_.tcb().black_hole.mtu_bytes = suspected_mtu_;
  refresh_mss(c_);
}

void on_old_size_sent(Connection& c, const SendPiece& piece) {
  BlackHole& hole = c.tcb().black_hole;
  hole.step = BlackHole::Step::kTrying;
  hole.tried_seq = piece.seq;
  hole.tried_end = piece.end();
}

void on_piece_repaired(Connection& c, const SendPiece& piece) {
  BlackHole& hole = c.tcb().black_hole;
  if (hole.step != BlackHole::Step::kTrying) return;
  if (piece.seq >= hole.tried_end || piece.end() <= hole.tried_seq) return;
  const uint16_t mtu = std::exchange(hole, {}).mtu_bytes;
  lower(c, mtu, Counter::kTcpPathMtuBlackHole);
}

}  // namespace sluice::tcp
