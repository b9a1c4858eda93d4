#include "net/glance.h"

#include "base/byte_reader.h"
#include "wire/ipv6_extensions.h"

namespace sluice::net {

namespace {

std::optional<Glance> glance_at_ipv4(std::span<const std::byte> packet) {
  const auto ip = wire::parse_quoted_ipv4(packet);
  if (!ip) return std::nullopt;
  const wire::Ipv4Header& h = ip->header;
  return Glance{h.source, h.destination, h.protocol, h.is_fragment(), packet.subspan(ip->header_bytes)};
}

std::optional<Glance> glance_at_ipv6(std::span<const std::byte> packet) {
  const auto ip = wire::parse_quoted_ipv6(packet);
  if (!ip) return std::nullopt;
  const auto chain = wire::walk_extensions(*ip, packet);
  if (!chain.ok()) return std::nullopt;
  return Glance{ip->source, ip->destination, chain->protocol, chain->fragment.has_value(),
                packet.subspan(chain->bytes)};
}

}  // namespace

std::optional<Glance> glance_at(wire::EtherType type, std::span<const std::byte> packet) {
  switch (type) {
    case wire::EtherType::kIpv4:
      return glance_at_ipv4(packet);
    case wire::EtherType::kIpv6:
      return glance_at_ipv6(packet);
    default:
      return std::nullopt;
  }
}

std::optional<PortPair> ports_of(const Glance& ip) {
  ByteReader ports(ip.payload);
  const PortPair pair{.source = Port{ports.u16()}, .destination = Port{ports.u16()}};
  return ports.ok() ? std::optional(pair) : std::nullopt;
}

}  // namespace sluice::net
