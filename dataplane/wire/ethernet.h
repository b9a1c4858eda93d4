// Ethernet II frames with at most one 802.1Q tag, and link addresses.
//
// Pure: bytes in, value out, and back.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sluice::wire {

struct MacAddress {
  std::array<uint8_t, 6> bytes{};

  static constexpr MacAddress broadcast() { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }
  constexpr bool is_group() const { return (bytes[0] & 1) != 0; }  // multicast or broadcast
  constexpr auto operator<=>(const MacAddress&) const = default;
};

enum class EtherType : uint16_t {
  kIpv4 = 0x0800,
  kArp = 0x0806,
  kVlan = 0x8100,
  kIpv6 = 0x86dd,
};

struct EthernetHeader {
  static constexpr size_t kBytes = 14;
  static constexpr size_t kVlanBytes = 4;
  static constexpr size_t kMaxBytes = kBytes + kVlanBytes;

  MacAddress destination;
  MacAddress source;
  std::optional<uint16_t> vlan;       // 1 to 4095; a tag that only carries a priority (VLAN 0) is no VLAN
  EtherType type = EtherType::kIpv4;  // as on the wire: may be none of the named ones

  bool operator==(const EthernetHeader&) const = default;
};

struct ParsedEthernet {
  EthernetHeader header;
  uint8_t header_bytes = 0;  // where the payload begins: 14 or 18
};

// Nothing when the frame ends inside its header. The payload may be padded; its own protocol knows its length.
std::optional<ParsedEthernet> parse_ethernet(std::span<const std::byte> frame);

constexpr size_t ethernet_header_bytes(const EthernetHeader& header) {
  return EthernetHeader::kBytes + (header.vlan ? EthernetHeader::kVlanBytes : 0);
}

// REQUIRES: out.size() >= ethernet_header_bytes(header).
void emit_ethernet(const EthernetHeader& header, std::span<std::byte> out);

}  // namespace sluice::wire
