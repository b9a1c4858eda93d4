// The messages of neighbour discovery (RFC 4861 4), from their ICMPv6 header on, with the checks of RFC 4861 6.1 and
// 7.1 that the bytes alone decide. Hop limit, addresses and checksum are looked at in net/.
//
// Pure: bytes in, value out, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sluice/ip_address.h"
#include "wire/ethernet.h"

namespace sluice::wire {

// A solicitation or an advertisement of a neighbour with a link address takes this many bytes, without one kBytes.
inline constexpr size_t kLinkAddressOptionBytes = 8;

struct NeighbourSolicitation {
  static constexpr size_t kBytes = 24;

  IpAddress target;
  std::optional<MacAddress> source_mac;  // the link address of who asks

  bool operator==(const NeighbourSolicitation&) const = default;
};

struct NeighbourAdvertisement {
  static constexpr size_t kBytes = 24;

  bool router = false;
  bool solicited = false;  // an answer: it proves that we are heard
  bool override = false;   // the link address replaces another
  IpAddress target;
  std::optional<MacAddress> target_mac;

  bool operator==(const NeighbourAdvertisement&) const = default;
};

struct RouterAdvertisement {
  static constexpr size_t kBytes = 16;

  uint16_t router_lifetime_s = 0;  // how long its sender is a default router; 0: it is none
  std::optional<MacAddress> source_mac;

  bool operator==(const RouterAdvertisement&) const = default;
};

// Nothing when the message is short, its code is not 0, an option has no length or runs past the end, or the target is
// a group.
std::optional<NeighbourSolicitation> parse_neighbour_solicitation(std::span<const std::byte> message);
std::optional<NeighbourAdvertisement> parse_neighbour_advertisement(std::span<const std::byte> message);
std::optional<RouterAdvertisement> parse_router_advertisement(std::span<const std::byte> message);

// The two ends of a message, whose addresses its checksum covers.
struct IpPair {
  IpAddress source;
  IpAddress destination;
};

// Each writes a whole message with its checksum. REQUIRES: `out` has kBytes, and kLinkAddressOptionBytes more for a
// link address.
void emit_neighbour_solicitation(const NeighbourSolicitation& solicitation, const IpPair& ends,
                                 std::span<std::byte> out);
void emit_neighbour_advertisement(const NeighbourAdvertisement& advertisement, const IpPair& ends,
                                  std::span<std::byte> out);

// A router solicitation without options: 8 bytes.
void emit_router_solicitation(const IpPair& ends, std::span<std::byte> out);

}  // namespace sluice::wire
