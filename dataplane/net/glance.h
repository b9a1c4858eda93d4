// Glance: an IP packet of either family, read far enough to sort it and no further: nothing in it is validated.
//
// For those who decide where a frame goes before anybody looks into it: steering and the exception path.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "sluice/ip_address.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"

namespace sluice::net {

struct Glance {
  IpAddress source;
  IpAddress destination;
  wire::IpProtocol protocol;
  bool fragment;
  std::span<const std::byte> payload;  // behind all headers of IP's
};

// packet: as far as it is there; may end in padding, may be cut as ICMP errors quote it. Nothing when it is malformed
// or of neither family.
std::optional<Glance> glance_at(wire::EtherType type, std::span<const std::byte> packet);

// The ports at the front of `ip.payload`; nothing when they are not there.
struct PortPair {
  Port source;
  Port destination;
};
std::optional<PortPair> ports_of(const Glance& ip);

}  // namespace sluice::net
