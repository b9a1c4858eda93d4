#include "wire/ethernet.h"

#include <cstring>

#include "base/byte_reader.h"
#include "wire/bytes.h"

namespace sluice::wire {

namespace {

constexpr uint16_t kVlanIdMask = 0x0fff;

MacAddress read_mac(ByteReader& reader) {
  MacAddress mac;
  const auto bytes = reader.take(mac.bytes.size());
  if (reader.ok()) std::memcpy(mac.bytes.data(), bytes.data(), bytes.size());
  return mac;
}

}  // namespace

std::optional<ParsedEthernet> parse_ethernet(std::span<const std::byte> frame) {
  ByteReader reader(frame);
  ParsedEthernet parsed;
  EthernetHeader& h = parsed.header;
  h.destination = read_mac(reader);
  h.source = read_mac(reader);
  h.type = EtherType{reader.u16()};
  if (h.type == EtherType::kVlan) {
    const uint16_t id = reader.u16() & kVlanIdMask;
    if (id != 0) h.vlan = id;
    h.type = EtherType{reader.u16()};
  }
  if (!reader.ok()) return std::nullopt;
  parsed.header_bytes = static_cast<uint8_t>(frame.size() - reader.left());
  return parsed;
}

void emit_ethernet(const EthernetHeader& header, std::span<std::byte> out) {
  std::byte* at = out.data();
  std::memcpy(at, header.destination.bytes.data(), 6);
  std::memcpy(at + 6, header.source.bytes.data(), 6);
  at += 12;
  if (header.vlan) {
    store_u16(at, static_cast<uint16_t>(EtherType::kVlan));
    store_u16(at + 2, *header.vlan);
    at += EthernetHeader::kVlanBytes;
  }
  store_u16(at, static_cast<uint16_t>(header.type));
}

}  // namespace sluice::wire
