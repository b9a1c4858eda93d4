// The IPv6 addresses that the protocol itself gives a meaning (RFC 4291), and the link addresses of groups.
//
// Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "sluice/ip_address.h"
#include "wire/ethernet.h"

namespace sluice::net {

inline constexpr IpAddress kAllNodes = IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01});
inline constexpr IpAddress kAllRouters = IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02});
inline constexpr IpAddress kIpv6Loopback = IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01});

// fe80::/10: meant on its link alone.
constexpr bool is_link_local(const IpAddress& address) {
  return address.bytes()[0] == 0xfe && (address.bytes()[1] & 0xc0) == 0x80;
}

// ff00::/8. For IPv6 addresses.
constexpr bool is_ipv6_group(const IpAddress& address) {
  return address.bytes()[0] == 0xff;
}

// The group in which a node that has `address` is asked for its link address (RFC 4291 2.7.1).
constexpr IpAddress solicited_node(const IpAddress& address) {
  const auto& a = address.bytes();
  return IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, a[13], a[14], a[15]});
}

// Where frames to an IPv6 group go (RFC 2464 7).
constexpr wire::MacAddress group_mac(const IpAddress& group) {
  const auto& a = group.bytes();
  return {{0x33, 0x33, a[12], a[13], a[14], a[15]}};
}

// The link-local address that a link address makes (RFC 4291 appendix A); for a further network of the same port with
// the tag in the middle, so that each link has its own and what leaves from one is known to leave there (RFC 4007 6).
constexpr IpAddress link_local_of(const wire::MacAddress& mac, std::optional<uint16_t> further_vlan = std::nullopt) {
  const auto& m = mac.bytes;
  const uint16_t middle = further_vlan.value_or(0xfffe);
  return IpAddress::v6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<uint8_t>(m[0] ^ 2), m[1], m[2],
                        static_cast<uint8_t>(middle >> 8), static_cast<uint8_t>(middle), m[3], m[4], m[5]});
}

// How many bits two addresses have in common at the front.
constexpr unsigned common_prefix(const IpAddress& a, const IpAddress& b) {
  unsigned bits = 0;
  for (size_t i = 0; i < a.bytes().size(); ++i) {
    const auto differing = static_cast<uint8_t>(a.bytes()[i] ^ b.bytes()[i]);
    if (differing == 0) {
      bits += 8;
      continue;
    }
    for (uint8_t mask = 0x80; (differing & mask) == 0; mask >>= 1) ++bits;
    break;
  }
  return bits;
}

}  // namespace sluice::net
