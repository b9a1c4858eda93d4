#include "tcp/path_mtu.h"

#include <algorithm>

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

}  // namespace

void follow_path_mtu(Connection& c) {
  const Tcb& t = c.tcb();
  if (t.path_version != c.env().paths.version() || t.path_until <= c.env().now()) refresh_mss(c);
}

bool on_packet_too_big(Connection& c, uint16_t mtu) {
  return lower(c, std::max(mtu, smallest_mtu(c.tcb().tuple.remote.address)), Counter::kTcpPathMtuIcmp);
}

void suspect_black_hole(Connection& c) {
  Tcb& t = c.tcb();
  const IpAddress& remote = t.tuple.remote.address;
  const uint16_t peers_mtu = t.peer_mss + header_bytes_to(remote);
  if (peers_mtu <= kSteps[0] || t.sender.head().text_bytes < t.sender.mss()) return;
  if (t.suspect.una != t.sender.snd_una()) t.suspect = {.una = t.sender.snd_una()};
  if (++t.suspect.timeouts < kSuspiciousTimeouts) return;
  const uint16_t now = std::min(c.env().path_mtu(remote), peers_mtu);
  for (const uint16_t step : kSteps) {
    if (step < now && step >= smallest_mtu(remote)) {
      lower(c, step, Counter::kTcpPathMtuBlackHole);
      return;
    }
  }
}

void forget_path_mtu(Connection& c) {
  c.env().paths.forget(c.tcb().tuple.remote.address);
}

}  // namespace sluice::tcp
