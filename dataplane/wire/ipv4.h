// IPv4 headers (RFC 791, 1122 3.2.1, 6864), parsed once into a validated value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sluice/ip_address.h"
#include "sluice/result.h"

namespace sluice::wire {

// Assigned internet protocol numbers that Sluice knows: transports, and the extension headers of IPv6.
enum class IpProtocol : uint8_t {
  kHopByHopOptions = 0,
  kIcmp = 1,
  kTcp = 6,
  kUdp = 17,
  kRouting = 43,
  kFragment = 44,
  kIcmpV6 = 58,
  kNoNextHeader = 59,
  kDestinationOptions = 60,
};

struct Ipv4Header {
  static constexpr size_t kMinBytes = 20;
  static constexpr uint8_t kDefaultTtl = 64;

  uint8_t traffic_class = 0;  // DSCP and ECN
  uint16_t total_length = 0;  // header and payload, bytes
  uint16_t identification = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  uint16_t fragment_offset = 0;  // bytes, a multiple of 8
  uint8_t ttl = kDefaultTtl;
  IpProtocol protocol = IpProtocol::kTcp;  // as on the wire: may be none of the named ones
  IpAddress source;
  IpAddress destination;

  bool is_fragment() const { return more_fragments || fragment_offset != 0; }
  bool operator==(const Ipv4Header&) const = default;
};

struct ParsedIpv4 {
  Ipv4Header header;
  uint8_t header_bytes = 0;  // 20 to 60, options included; never beyond total_length
};

enum class Ipv4Fault : uint8_t {
  kMalformed,    // too short for a header, another version, or lengths that contradict each other, of options too
  kTruncated,    // total_length says more than arrived
  kBadChecksum,  // of the header
  kSourceRoute,  // a route with hops left: it wants to be forwarded
};

// Parses the packet whose header is at the front of `packet`, which may end in link padding: the packet is its first
// total_length bytes. Options are stepped over but for source routes, which are not followed (RFC 1122 3.2.1.8, 3.3.5,
// RFC 7126 4.3, 4.4): one that has ended is no matter any more.
Result<ParsedIpv4, Ipv4Fault> parse_ipv4(std::span<const std::byte> packet);

// Parses the header of ours that an ICMP error quotes: the payload may be cut and the checksum may have been altered
// on the way, so neither is held against it.
std::optional<ParsedIpv4> parse_quoted_ipv4(std::span<const std::byte> quote);

// Writes a header without options. with_checksum: false leaves the checksum 0 for the NIC to fill in.
// REQUIRES: out.size() >= kMinBytes; addresses are IPv4.
void emit_ipv4(const Ipv4Header& header, bool with_checksum, std::span<std::byte> out);

}  // namespace sluice::wire
