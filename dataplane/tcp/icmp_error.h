// IcmpError: what ICMP says about a segment of ours, and what TCP makes of it (RFC 9293 3.9.2.2, RFC 5927, RFC 1191).
//
// Whoever can guess the addresses and ports can send one: only a sequence number in flight makes it believable, and
// even then it never ends a connection that is established.
#pragma once

#include <cstdint>

#include "tcp/connection.h"
#include "tcp/four_tuple.h"

namespace sluice::tcp {

struct IcmpError {
  enum class Kind : uint8_t {
    kUnreachable,   // network, host or prohibited: perhaps only for now
    kRefused,       // protocol or port
    kPacketTooBig,  // the path MTU is smaller
    kOther,         // time exceeded, parameter problem
  };

  Kind kind = Kind::kOther;
  FourTuple tuple;
  SeqNum seq;        // of the segment that the message quotes
  uint16_t mtu = 0;  // kPacketTooBig: of the next hop, bytes; 0 when the router did not say
};

// The error reaches a connection. True when its sequence number is in flight.
bool on_icmp_error(Connection& c, const IcmpError& error);

}  // namespace sluice::tcp
