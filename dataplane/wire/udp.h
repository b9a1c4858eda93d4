// UDP (RFC 768), of which only as much is read as tells a datagram from noise: no port of UDP is open here, and whoever
// sent one is told so only if it has come as it was sent.
//
// Pure.
#pragma once

#include <cstddef>
#include <span>

#include "sluice/ip_address.h"

namespace sluice::wire {

struct UdpHeader {
  static constexpr size_t kBytes = 8;
};

// Whether `datagram`, from its header on, is whole and its checksum right (RFC 1122 4.1.3.4). One without a checksum is
// sound over IPv4, never over IPv6 (RFC 8200 8.1). checksum_verified: by the device, so it need not be computed again.
bool is_sound_udp(const IpAddress& source, const IpAddress& destination, std::span<const std::byte> datagram,
                  bool checksum_verified);

}  // namespace sluice::wire
