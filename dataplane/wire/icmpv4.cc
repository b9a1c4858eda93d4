#include "wire/icmpv4.h"

#include "base/byte_reader.h"
#include "wire/bytes.h"
#include "wire/checksum.h"

namespace sluice::wire {

std::optional<IcmpV4Header> parse_icmpv4(std::span<const std::byte> message) {
  ByteReader reader(message);
  IcmpV4Header h;
  h.type = IcmpV4Type{reader.u8()};
  h.code = reader.u8();
  reader.u16();  // checksum
  h.rest = reader.u32();
  if (!reader.ok() || internet_checksum(message) != 0) return std::nullopt;
  return h;
}

void emit_icmpv4(const IcmpV4Header& h, std::span<std::byte> message) {
  std::byte* at = message.data();
  at[0] = static_cast<std::byte>(h.type);
  at[1] = std::byte{h.code};
  store_u16(at + 2, 0);
  store_u32(at + 4, h.rest);
  store_u16(at + 2, internet_checksum(message));
}

}  // namespace sluice::wire
