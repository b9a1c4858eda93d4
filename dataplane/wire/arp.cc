#include "wire/arp.h"

#include <cstring>

#include "base/byte_reader.h"
#include "wire/bytes.h"

namespace sluice::wire {

namespace {

constexpr uint16_t kHardwareEthernet = 1;
constexpr uint8_t kMacBytes = 6;
constexpr uint8_t kIpv4Bytes = 4;

MacAddress read_mac(ByteReader& reader) {
  MacAddress mac;
  const auto bytes = reader.take(kMacBytes);
  if (reader.ok()) std::memcpy(mac.bytes.data(), bytes.data(), kMacBytes);
  return mac;
}

std::byte* put(std::byte* at, const MacAddress& mac, const IpAddress& ip) {
  std::memcpy(at, mac.bytes.data(), kMacBytes);
  store_u32(at + kMacBytes, ip.v4_host_order());
  return at + kMacBytes + kIpv4Bytes;
}

}  // namespace

std::optional<ArpPacket> parse_arp(std::span<const std::byte> packet) {
  ByteReader reader(packet);
  const bool ethernet_ipv4 = reader.u16() == kHardwareEthernet &&
                             reader.u16() == static_cast<uint16_t>(EtherType::kIpv4) && reader.u8() == kMacBytes &&
                             reader.u8() == kIpv4Bytes;
  if (!ethernet_ipv4) return std::nullopt;
  ArpPacket arp;
  const uint16_t operation = reader.u16();
  if (operation != 1 && operation != 2) return std::nullopt;
  arp.operation = ArpPacket::Operation{operation};
  arp.sender_mac = read_mac(reader);
  arp.sender_ip = IpAddress::v4(reader.u32());
  arp.target_mac = read_mac(reader);
  arp.target_ip = IpAddress::v4(reader.u32());
  if (!reader.ok()) return std::nullopt;
  return arp;
}

void emit_arp(const ArpPacket& packet, std::span<std::byte> out) {
  std::byte* at = out.data();
  store_u16(at, kHardwareEthernet);
  store_u16(at + 2, static_cast<uint16_t>(EtherType::kIpv4));
  at[4] = std::byte{kMacBytes};
  at[5] = std::byte{kIpv4Bytes};
  store_u16(at + 6, static_cast<uint16_t>(packet.operation));
  put(put(at + 8, packet.sender_mac, packet.sender_ip), packet.target_mac, packet.target_ip);
}

}  // namespace sluice::wire
