#include "net/local_addresses.h"

#include <algorithm>

namespace sluice::net {

namespace {

constexpr uint32_t kEverybody = 0xffffffff;

// The last address of an IPv4 prefix that has room for one: all hosts of it (RFC 1122 3.2.1.3 (d)).
bool is_directed_broadcast(const Cidr& prefix, const IpAddress& address) {
  if (!prefix.base.is_v4() || prefix.length > 126 || !prefix.contains(address)) return false;
  const uint32_t host_bits = kEverybody >> (prefix.length - 96);
  return prefix.length == 96 || (address.v4_host_order() & host_bits) == host_bits;
}

bool is_multicast_or_reserved(uint32_t v4) {
  return v4 >= 0xe0000000;
}  // 224/4 and 240/4

}  // namespace

bool LocalAddresses::owns(PortIndex port, const IpAddress& address) const {
  const auto& own = config_.ports[port.value].addresses;
  return std::any_of(own.begin(), own.end(), [&](const auto& a) { return a.address == address; });
}

bool LocalAddresses::owns(const IpAddress& address) const {
  for (size_t i = 0; i < config_.ports.size(); ++i) {
    if (owns(PortIndex{static_cast<uint8_t>(i)}, address)) return true;
  }
  return false;
}

bool LocalAddresses::is_on_link(PortIndex port, const IpAddress& address) const {
  const auto& own = config_.ports[port.value].addresses;
  return std::any_of(own.begin(), own.end(), [&](const auto& a) { return a.prefix.contains(address); });
}

bool LocalAddresses::is_group(PortIndex port, const IpAddress& address) const {
  if (!address.is_v4()) return address.bytes()[0] == 0xff;
  const uint32_t v4 = address.v4_host_order();
  if (v4 == kEverybody || v4 >> 28 == 0xe) return true;
  const auto& own = config_.ports[port.value].addresses;
  return std::any_of(own.begin(), own.end(), [&](const auto& a) { return is_directed_broadcast(a.prefix, address); });
}

bool LocalAddresses::is_martian(PortIndex port, const IpAddress& source) const {
  if (is_group(port, source) || owns(source)) return true;
  if (!source.is_v4()) return source.is_unspecified();
  const uint32_t v4 = source.v4_host_order();
  return v4 >> 24 == 0 || v4 >> 24 == 127 || is_multicast_or_reserved(v4);
}

}  // namespace sluice::net
