#include "wire/udp.h"

#include "base/byte_reader.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"

namespace sluice::wire {

// What stands behind the length is no part of the datagram (RFC 9868).
bool is_sound_udp(const IpAddress& source, const IpAddress& destination, std::span<const std::byte> datagram,
                  bool checksum_verified) {
  ByteReader reader(datagram);
  reader.u32();  // ports
  const uint16_t length = reader.u16();
  const uint16_t checksum = reader.u16();
  if (!reader.ok() || length < UdpHeader::kBytes || length > datagram.size()) return false;
  if (checksum == 0) return source.is_v4();
  if (checksum_verified) return true;
  auto sum = pseudo_header_sum(source, destination, static_cast<uint8_t>(IpProtocol::kUdp), length);
  sum.add(datagram.first(length));
  return sum.checksum() == 0;
}

}  // namespace sluice::wire
