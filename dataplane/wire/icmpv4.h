// ICMP for IPv4 (RFC 792, 1191): the eight bytes that every message begins with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sluice::wire {

enum class IcmpV4Type : uint8_t {
  kEchoReply = 0,
  kDestinationUnreachable = 3,
  kSourceQuench = 4,
  kRedirect = 5,
  kEchoRequest = 8,
  kTimeExceeded = 11,
  kParameterProblem = 12,
};

// Codes of kDestinationUnreachable that Sluice reads or sends.
enum class UnreachableCode : uint8_t { kNetwork = 0, kHost = 1, kProtocol = 2, kPort = 3, kFragmentationNeeded = 4 };

// Code of kTimeExceeded, here and in ICMPv6: a datagram's fragments did not all arrive in time.
inline constexpr uint8_t kReassemblyTimeExceeded = 1;

struct IcmpV4Header {
  static constexpr size_t kBytes = 8;

  IcmpV4Type type = IcmpV4Type::kEchoReply;  // as on the wire: may be none of the named ones
  uint8_t code = 0;
  // Echo: identifier and sequence number. Fragmentation needed: the next hop's MTU in the lower half. Else 0.
  uint32_t rest = 0;

  uint16_t next_hop_mtu() const { return static_cast<uint16_t>(rest); }
  // RFC 1122 3.2.2: an error quotes the packet it is about, and is never answered by an error.
  bool is_error() const {
    return type == IcmpV4Type::kDestinationUnreachable || type == IcmpV4Type::kSourceQuench ||
           type == IcmpV4Type::kRedirect || type == IcmpV4Type::kTimeExceeded || type == IcmpV4Type::kParameterProblem;
  }
  bool operator==(const IcmpV4Header&) const = default;
};

// `message` is the whole ICMP message: the checksum covers all of it. Nothing when it is short or the checksum wrong.
std::optional<IcmpV4Header> parse_icmpv4(std::span<const std::byte> message);

// Writes the header in front of the payload that already stands in message[8..) and the checksum over both.
// REQUIRES: message.size() >= kBytes.
void emit_icmpv4(const IcmpV4Header& header, std::span<std::byte> message);

}  // namespace sluice::wire
