// The fixed IPv6 header (RFC 8200 3). What may follow it is walked in ipv6_extensions.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sluice/ip_address.h"
#include "wire/ipv4.h"

namespace sluice::wire {

struct Ipv6Header {
  static constexpr size_t kBytes = 40;
  static constexpr uint8_t kDefaultHopLimit = 64;

  uint8_t traffic_class = 0;                  // DSCP and ECN
  uint32_t flow_label = 0;                    // 20 bits
  uint16_t payload_length = 0;                // bytes behind this header
  IpProtocol next_header = IpProtocol::kTcp;  // as on the wire: may be none of the named ones
  uint8_t hop_limit = kDefaultHopLimit;
  IpAddress source;
  IpAddress destination;

  bool operator==(const Ipv6Header&) const = default;
};

// Nothing when the packet is short, of another version, or says more than arrived; `packet` may end in link padding.
// An IPv4-mapped address on the wire is refused too: it would pass for an IPv4 address in every table (RFC 4942 2.2).
std::optional<Ipv6Header> parse_ipv6(std::span<const std::byte> packet);

// Parses the header of ours that an ICMPv6 error quotes: the payload may be cut.
std::optional<Ipv6Header> parse_quoted_ipv6(std::span<const std::byte> quote);

// REQUIRES: out.size() >= kBytes.
void emit_ipv6(const Ipv6Header& header, std::span<std::byte> out);

}  // namespace sluice::wire
