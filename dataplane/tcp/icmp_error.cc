#include "tcp/icmp_error.h"

#include <algorithm>

#include "tcp/flight.h"
#include "tcp/handshake.h"

namespace sluice::tcp {

namespace {

// No router of today has a smaller MTU; a smaller claim is an attack on our packet rate (RFC 8201 6, RFC 4821 7.7).
constexpr uint16_t kSmallestMtuIpv4 = 576;
constexpr uint16_t kSmallestMtuIpv6 = 1280;
constexpr uint16_t kHeadersIpv4 = 40;
constexpr uint16_t kHeadersIpv6 = 60;

// RFC 1191 6.2: what was too big is sent again in smaller pieces; this was no congestion.
void on_packet_too_big(Connection& c, uint16_t mtu) {
  Tcb& t = c.tcb();
  const bool v4 = t.tuple.remote.address.is_v4();
  const uint16_t believed = std::max(mtu, v4 ? kSmallestMtuIpv4 : kSmallestMtuIpv6);
  const uint16_t mss = believed - (v4 ? kHeadersIpv4 : kHeadersIpv6);
  if (mss >= t.peer_mss) return;
  const uint16_t before = t.sender.mss();
  t.peer_mss = mss;
  refresh_mss(c);
  if (t.sender.mss() >= before) return;
  if (t.flight == nullptr) return;
  t.flight->timing.running = false;
  t.flight->board.lose_all();
  c.want_output();
}

}  // namespace

bool on_icmp_error(Connection& c, const IcmpError& error) {
  const Tcb& t = c.tcb();
  if (error.seq < t.sender.snd_una() || error.seq >= t.sender.snd_max()) {
    c.env().count(Counter::kTcpIcmpNotInFlight);
    return false;
  }
  if (error.kind == IcmpError::Kind::kPacketTooBig) {
    on_packet_too_big(c, error.mtu);
    return true;
  }
  const bool connecting = t.state == State::kSynSent;
  if (connecting && error.kind == IcmpError::Kind::kRefused) {
    c.env().count(Counter::kTcpConnectRefused);
    c.end(CloseReason::kRefused);
  } else if (connecting && error.kind == IcmpError::Kind::kUnreachable) {
    c.env().count(Counter::kTcpConnectUnreachable);
    c.end(CloseReason::kUnreachable);
  } else {
    c.env().count(Counter::kTcpIcmpSoftErrors);
  }
  return true;
}

}  // namespace sluice::tcp
