#include "wire/ipv6.h"

#include <cstring>

#include "base/byte_reader.h"
#include "wire/bytes.h"

namespace sluice::wire {

namespace {

IpAddress read_address(ByteReader& reader) {
  std::array<uint8_t, 16> bytes{};
  const auto field = reader.take(bytes.size());
  if (reader.ok()) std::memcpy(bytes.data(), field.data(), bytes.size());
  return IpAddress::v6(bytes);
}

}  // namespace

std::optional<Ipv6Header> parse_ipv6(std::span<const std::byte> packet) {
  const auto header = parse_quoted_ipv6(packet);
  if (!header || header->payload_length > packet.size() - Ipv6Header::kBytes) return std::nullopt;
  return header;
}

std::optional<Ipv6Header> parse_quoted_ipv6(std::span<const std::byte> quote) {
  ByteReader reader(quote);
  const uint32_t first = reader.u32();
  Ipv6Header h;
  h.traffic_class = static_cast<uint8_t>(first >> 20);
  h.flow_label = first & 0xfffff;
  h.payload_length = reader.u16();
  h.next_header = IpProtocol{reader.u8()};
  h.hop_limit = reader.u8();
  h.source = read_address(reader);
  h.destination = read_address(reader);
  if (!reader.ok() || first >> 28 != 6) return std::nullopt;
  if (h.source.is_v4() || h.destination.is_v4()) return std::nullopt;
  return h;
}

void emit_ipv6(const Ipv6Header& h, std::span<std::byte> out) {
  std::byte* at = out.data();
  store_u32(at, 0x60000000u | uint32_t{h.traffic_class} << 20 | (h.flow_label & 0xfffff));
  store_u16(at + 4, h.payload_length);
  at[6] = static_cast<std::byte>(h.next_header);
  at[7] = std::byte{h.hop_limit};
  std::memcpy(at + 8, h.source.bytes().data(), 16);
  std::memcpy(at + 24, h.destination.bytes().data(), 16);
}

}  // namespace sluice::wire
