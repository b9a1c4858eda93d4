#include "net/local_addresses.h"

#include <algorithm>

#include "net/ipv6_addresses.h"

namespace sluice::net {

namespace {

constexpr uint32_t kEverybody = 0xffffffff;

// The last address of an IPv4 prefix that has room for one: all hosts of it (RFC 1122 3.2.1.3 (d)); and the first,
// which meant them once (3.3.6).
bool is_directed_broadcast(const Cidr& prefix, const IpAddress& address) {
  if (!prefix.base.is_v4() || prefix.length > 126 || !prefix.contains(address)) return false;
  const uint32_t host_bits = kEverybody >> (prefix.length - 96);
  const uint32_t host = address.v4_host_order() & host_bits;
  return prefix.length == 96 || host == host_bits || host == 0;
}

bool is_multicast_or_reserved(uint32_t v4) {
  return v4 >= 0xe0000000;
}  // 224/4 and 240/4

// How well `source` suits `destination`: the same scope before the longer common prefix (RFC 6724 5).
unsigned suitability(const IpAddress& source, const IpAddress& destination) {
  constexpr unsigned kSameScope = 1000;
  const bool same_scope = is_link_local(source) == is_link_local(destination);
  return (same_scope ? kSameScope : 0) + common_prefix(source, destination);
}

}  // namespace

LocalAddresses::LocalAddresses(const Config& config) : config_(config) {
  for (const LinkConfig& link : config.links) states_.emplace_back(link.addresses.size(), State::kValid);
}

bool LocalAddresses::owns(const IpAddress& address) const {
  for (uint16_t i = 0; i < config_.links.size(); ++i) {
    if (owns(LinkIndex{i}, address)) return true;
  }
  return false;
}

std::optional<LocalAddresses::State> LocalAddresses::state_of(LinkIndex link, const IpAddress& address) const {
  const auto& own = config_[link].addresses;
  for (size_t i = 0; i < own.size(); ++i) {
    if (own[i].address == address) return states_[link.value][i];
  }
  return std::nullopt;
}

void LocalAddresses::set_state(LinkIndex link, const IpAddress& address, State state) {
  const auto& own = config_[link].addresses;
  for (size_t i = 0; i < own.size(); ++i) {
    if (own[i].address == address) states_[link.value][i] = state;
  }
}

bool LocalAddresses::is_on_link(LinkIndex link, const IpAddress& address) const {
  const auto& own = config_[link].addresses;
  return std::any_of(own.begin(), own.end(), [&](const auto& a) { return a.prefix.contains(address); });
}

bool LocalAddresses::is_group(LinkIndex link, const IpAddress& address) const {
  if (!address.is_v4()) return is_ipv6_group(address);
  const uint32_t v4 = address.v4_host_order();
  if (v4 == kEverybody || v4 >> 28 == 0xe) return true;
  const auto& own = config_[link].addresses;
  return std::any_of(own.begin(), own.end(), [&](const auto& a) { return is_directed_broadcast(a.prefix, address); });
}

bool LocalAddresses::hears(LinkIndex link, const IpAddress& group) const {
  const auto& own = config_[link].addresses;
  return std::any_of(own.begin(), own.end(), [&](const auto& a) {
    return !a.address.is_v4() && (group == kAllNodes || group == solicited_node(a.address));
  });
}

bool LocalAddresses::is_martian(LinkIndex link, const IpAddress& address) const {
  if (is_group(link, address) || owns(address)) return true;
  if (!address.is_v4()) return address.is_unspecified() || address == kIpv6Loopback;
  const uint32_t v4 = address.v4_host_order();
  return v4 >> 24 == 0 || v4 >> 24 == 127 || is_multicast_or_reserved(v4);
}

std::optional<IpAddress> LocalAddresses::source_for(LinkIndex link, const IpAddress& destination) const {
  const auto& own = config_[link].addresses;
  std::optional<IpAddress> best;
  for (size_t i = 0; i < own.size(); ++i) {
    const IpAddress& candidate = own[i].address;
    if (candidate.is_v4() != destination.is_v4() || states_[link.value][i] != State::kValid) continue;
    if (!best || suitability(candidate, destination) > suitability(*best, destination)) best = candidate;
  }
  return best;
}

}  // namespace sluice::net
