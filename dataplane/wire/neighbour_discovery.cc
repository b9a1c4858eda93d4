#include "wire/neighbour_discovery.h"

#include <cstring>

#include "base/byte_reader.h"
#include "wire/icmpv6.h"

namespace sluice::wire {

namespace {

constexpr size_t kTargetOffset = 8;
constexpr size_t kOptionsOffset = 24;
constexpr uint32_t kRouterFlag = 0x80000000;
constexpr uint32_t kSolicitedFlag = 0x40000000;
constexpr uint32_t kOverrideFlag = 0x20000000;

enum class Option : uint8_t { kSourceLinkAddress = 1, kTargetLinkAddress = 2 };

// Reads all options; false when one is malformed. An option's length counts units of 8 bytes (RFC 4861 4.6).
bool read_options(ByteReader& reader, Option wanted, std::optional<MacAddress>& mac) {
  while (reader.left() > 0) {
    const auto type = Option{reader.u8()};
    const uint8_t units = reader.u8();
    if (units == 0) return false;
    const auto body = reader.take(units * size_t{8} - 2);
    if (!reader.ok()) return false;
    if (type != wanted || units != 1) continue;
    mac.emplace();
    std::memcpy(mac->bytes.data(), body.data(), mac->bytes.size());
  }
  return reader.ok();
}

// The code must be 0; returns the 32 bits behind the checksum.
std::optional<uint32_t> read_head(ByteReader& reader) {
  reader.u8();  // type
  const uint8_t code = reader.u8();
  reader.u16();  // checksum
  const uint32_t rest = reader.u32();
  if (!reader.ok() || code != 0) return std::nullopt;
  return rest;
}

std::optional<IpAddress> read_target(ByteReader& reader) {
  std::array<uint8_t, 16> bytes{};
  const auto field = reader.take(bytes.size());
  if (!reader.ok()) return std::nullopt;
  std::memcpy(bytes.data(), field.data(), bytes.size());
  const IpAddress target = IpAddress::v6(bytes);
  if (bytes[0] == 0xff || target.is_v4()) return std::nullopt;
  return target;
}

void write_body(const IpAddress& target, Option option, const std::optional<MacAddress>& mac,
                std::span<std::byte> out) {
  std::memcpy(out.data() + kTargetOffset, target.bytes().data(), target.bytes().size());
  if (!mac) return;
  std::byte* at = out.data() + kOptionsOffset;
  at[0] = static_cast<std::byte>(option);
  at[1] = std::byte{1};
  std::memcpy(at + 2, mac->bytes.data(), mac->bytes.size());
}

}  // namespace

std::optional<NeighbourSolicitation> parse_neighbour_solicitation(std::span<const std::byte> message) {
  ByteReader reader(message);
  if (!read_head(reader)) return std::nullopt;
  const auto target = read_target(reader);
  if (!target) return std::nullopt;
  NeighbourSolicitation solicitation{.target = *target, .source_mac = {}};
  if (!read_options(reader, Option::kSourceLinkAddress, solicitation.source_mac)) return std::nullopt;
  return solicitation;
}

std::optional<NeighbourAdvertisement> parse_neighbour_advertisement(std::span<const std::byte> message) {
  ByteReader reader(message);
  const auto flags = read_head(reader);
  if (!flags) return std::nullopt;
  const auto target = read_target(reader);
  if (!target) return std::nullopt;
  NeighbourAdvertisement advertisement{.router = (*flags & kRouterFlag) != 0,
                                       .solicited = (*flags & kSolicitedFlag) != 0,
                                       .override = (*flags & kOverrideFlag) != 0,
                                       .target = *target,
                                       .target_mac = {}};
  if (!read_options(reader, Option::kTargetLinkAddress, advertisement.target_mac)) return std::nullopt;
  return advertisement;
}

std::optional<RouterAdvertisement> parse_router_advertisement(std::span<const std::byte> message) {
  ByteReader reader(message);
  const auto rest = read_head(reader);
  if (!rest) return std::nullopt;
  RouterAdvertisement advertisement{.router_lifetime_s = static_cast<uint16_t>(*rest), .source_mac = {}};
  reader.u32();  // reachable time: ours is fixed
  reader.u32();  // retransmission timer: likewise
  if (!read_options(reader, Option::kSourceLinkAddress, advertisement.source_mac)) return std::nullopt;
  return advertisement;
}

void emit_neighbour_solicitation(const NeighbourSolicitation& s, const IpPair& ends, std::span<std::byte> out) {
  write_body(s.target, Option::kSourceLinkAddress, s.source_mac, out);
  emit_icmpv6(ends.source, ends.destination, {.type = IcmpV6Type::kNeighbourSolicitation}, out);
}

void emit_neighbour_advertisement(const NeighbourAdvertisement& a, const IpPair& ends, std::span<std::byte> out) {
  write_body(a.target, Option::kTargetLinkAddress, a.target_mac, out);
  const uint32_t flags =
      (a.router ? kRouterFlag : 0) | (a.solicited ? kSolicitedFlag : 0) | (a.override ? kOverrideFlag : 0);
  emit_icmpv6(ends.source, ends.destination, {.type = IcmpV6Type::kNeighbourAdvertisement, .rest = flags}, out);
}

void emit_router_solicitation(const IpPair& ends, std::span<std::byte> out) {
  emit_icmpv6(ends.source, ends.destination, {.type = IcmpV6Type::kRouterSolicitation}, out);
}

}  // namespace sluice::wire
