#include "wire/icmpv6.h"

#include "base/byte_reader.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"

namespace sluice::wire {

namespace {

uint16_t checksum_of(const IpAddress& source, const IpAddress& destination, std::span<const std::byte> message) {
  auto sum = pseudo_header_sum(source, destination, static_cast<uint8_t>(IpProtocol::kIcmpV6),
                               static_cast<uint32_t>(message.size()));
  sum.add(message);
  return sum.checksum();
}

}  // namespace

std::optional<IcmpV6Header> parse_icmpv6(const IpAddress& source, const IpAddress& destination,
                                         std::span<const std::byte> message) {
  ByteReader reader(message);
  IcmpV6Header h;
  h.type = IcmpV6Type{reader.u8()};
  h.code = reader.u8();
  reader.u16();  // checksum
  h.rest = reader.u32();
  if (!reader.ok() || checksum_of(source, destination, message) != 0) return std::nullopt;
  return h;
}

void emit_icmpv6(const IpAddress& source, const IpAddress& destination, const IcmpV6Header& h,
                 std::span<std::byte> message) {
  std::byte* at = message.data();
  at[0] = static_cast<std::byte>(h.type);
  at[1] = std::byte{h.code};
  store_u16(at + 2, 0);
  store_u32(at + 4, h.rest);
  store_u16(at + 2, checksum_of(source, destination, message));
}

}  // namespace sluice::wire
