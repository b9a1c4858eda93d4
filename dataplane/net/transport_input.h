// TransportInput: where net/ delivers what arrived for TCP. The worker wires it to tcp/.
#pragma once

#include <cstdint>

#include "packet/packet.h"
#include "sluice/ip_address.h"
#include "wire/ecn.h"

namespace sluice::net {

// An ICMP error about a segment of ours. Believable only as far as TCP finds `seq` in flight (RFC 5927 4): whoever can
// guess the addresses and ports can send one.
struct IcmpError {
  enum class Kind : uint8_t {
    kNetworkUnreachable,
    kHostUnreachable,
    kProtocolUnreachable,
    kPortUnreachable,
    kFragmentationNeeded,
    kProhibited,  // the other codes of "destination unreachable"
    kTimeExceeded,
    kParameterProblem,
  };

  Kind kind = Kind::kHostUnreachable;
  uint16_t next_hop_mtu = 0;  // kFragmentationNeeded: what the router said, bytes; 0 from routers before RFC 1191
  Endpoint local;             // the source of the segment
  Endpoint remote;
  uint32_t seq = 0;
  uint16_t packet_bytes = 0;  // of the packet that is quoted, as its header says
};

class TransportInput {
 public:
  // A segment for one of our addresses, beginning at its TCP header; its bytes are not validated yet.
  virtual void on_segment(const IpAddress& source, const IpAddress& destination, Packet segment,
                          wire::SegmentMarks marks) = 0;
  virtual void on_icmp_error(const IcmpError& error) = 0;

 protected:
  ~TransportInput() = default;
};

}  // namespace sluice::net
