// ARP for IPv4 over Ethernet (RFC 826), the only pair of address kinds that Sluice speaks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sluice/ip_address.h"
#include "wire/ethernet.h"

namespace sluice::wire {

struct ArpPacket {
  static constexpr size_t kBytes = 28;
  enum class Operation : uint16_t { kRequest = 1, kReply = 2 };

  Operation operation = Operation::kRequest;
  MacAddress sender_mac;
  IpAddress sender_ip;
  MacAddress target_mac;  // meaningless in a request
  IpAddress target_ip;

  bool operator==(const ArpPacket&) const = default;
};

// Nothing when the packet is short, of other address kinds or sizes, or neither a request nor a reply.
std::optional<ArpPacket> parse_arp(std::span<const std::byte> packet);

// REQUIRES: out.size() >= ArpPacket::kBytes; both IP addresses are IPv4.
void emit_arp(const ArpPacket& packet, std::span<std::byte> out);

}  // namespace sluice::wire
