// LocalAddresses: which addresses are ours, and which can be nobody's on a given port (RFC 1122 3.2.1.3).
#pragma once

#include "net/config.h"

namespace sluice::net {

class LocalAddresses {
 public:
  explicit LocalAddresses(const Config& config) : config_(config) {}

  // Ours, on this port (the strong model of RFC 1122 3.3.4.2: an inner address does not answer on the outer port).
  bool owns(PortIndex port, const IpAddress& address) const;
  // Ours, on any port.
  bool owns(const IpAddress& address) const;

  // On the port's link: within one of its prefixes.
  bool is_on_link(PortIndex port, const IpAddress& address) const;

  // Everybody's: 255.255.255.255, a multicast group, or all hosts of a prefix of the port.
  bool is_group(PortIndex port, const IpAddress& address) const;

  // Whether a packet that arrives on the port can truly come from `source`: not a group, not ours, not 0/8, 127/8
  // or 240/4.
  bool is_martian(PortIndex port, const IpAddress& source) const;

 private:
  const Config& config_;
};

}  // namespace sluice::net
