#include "worker/transport.h"

namespace sluice::worker {

namespace {

tcp::IcmpError::Kind kind_of(net::IcmpError::Kind kind) {
  using From = net::IcmpError::Kind;
  using To = tcp::IcmpError::Kind;
  switch (kind) {
    case From::kNetworkUnreachable:
    case From::kHostUnreachable:
    case From::kProhibited:
      return To::kUnreachable;
    case From::kProtocolUnreachable:
    case From::kPortUnreachable:
      return To::kRefused;
    case From::kFragmentationNeeded:
      return To::kPacketTooBig;
    case From::kTimeExceeded:
    case From::kParameterProblem:
      return To::kOther;
  }
  return To::kOther;
}

}  // namespace

void SegmentsUp::on_icmp_error(const net::IcmpError& error) {
  tcp_->on_icmp_error({.kind = kind_of(error.kind),
                       .tuple = {.local = error.local, .remote = error.remote},
                       .seq = tcp::SeqNum(error.seq),
                       .mtu = error.next_hop_mtu});
}

}  // namespace sluice::worker
