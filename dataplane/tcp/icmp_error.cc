#include "tcp/icmp_error.h"

#include "tcp/flight.h"
#include "tcp/path_mtu.h"

namespace sluice::tcp {

namespace {

// RFC 1191 6.2: what was too big is sent again in smaller pieces; this was no congestion.
void send_smaller(Connection& c, uint16_t mtu) {
  if (!on_packet_too_big(c, mtu)) return;
  Tcb& t = c.tcb();
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
    send_smaller(c, error.mtu);
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
