// ICMPv6 (RFC 4443): the eight bytes that every message Sluice knows begins with. The bodies of neighbour discovery are
// in neighbour_discovery.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sluice/ip_address.h"

namespace sluice::wire {

enum class IcmpV6Type : uint8_t {
  kDestinationUnreachable = 1,
  kPacketTooBig = 2,
  kTimeExceeded = 3,
  kParameterProblem = 4,
  kEchoRequest = 128,
  kEchoReply = 129,
  kRouterSolicitation = 133,
  kRouterAdvertisement = 134,
  kNeighbourSolicitation = 135,
  kNeighbourAdvertisement = 136,
  kRedirect = 137,
};

// Codes of kDestinationUnreachable that Sluice reads or sends (RFC 4443 3.1).
enum class UnreachableCodeV6 : uint8_t { kNoRoute = 0, kProhibited = 1, kAddress = 3, kPort = 4 };

struct IcmpV6Header {
  static constexpr size_t kBytes = 8;

  IcmpV6Type type = IcmpV6Type::kEchoReply;  // as on the wire: may be none of the named ones
  uint8_t code = 0;
  // Echo: identifier and sequence number. Packet too big: the MTU. Parameter problem: the pointer. Else 0.
  uint32_t rest = 0;

  // An error quotes the packet it is about, and is never answered by an error (RFC 4443 2.1, 2.4).
  bool is_error() const { return static_cast<uint8_t>(type) < 128; }
  bool is_neighbour_discovery() const {
    return type >= IcmpV6Type::kRouterSolicitation && type <= IcmpV6Type::kRedirect;
  }
  bool operator==(const IcmpV6Header&) const = default;
};

// `message` is the whole ICMPv6 message: the checksum covers all of it and the addresses (RFC 4443 2.3). Nothing when
// it is short or the checksum wrong.
std::optional<IcmpV6Header> parse_icmpv6(const IpAddress& source, const IpAddress& destination,
                                         std::span<const std::byte> message);

// Writes the header in front of the body that already stands in message[8..) and the checksum over both.
// REQUIRES: message.size() >= kBytes.
void emit_icmpv6(const IpAddress& source, const IpAddress& destination, const IcmpV6Header& header,
                 std::span<std::byte> message);

}  // namespace sluice::wire
