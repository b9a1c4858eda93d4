#include "net/steering.h"

#include "base/byte_reader.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6_extensions.h"

namespace sluice::net {

namespace {

constexpr WorkerId kSpeaker{0};  // of ARP and neighbour discovery; the one reassembler too

// What steering needs of a packet of either family.
struct Parsed {
  IpAddress source;
  IpAddress destination;
  wire::IpProtocol protocol;
  bool fragment;
  std::span<const std::byte> payload;
};

std::optional<Parsed> parse_ipv4(std::span<const std::byte> packet) {
  const auto ip = wire::parse_quoted_ipv4(packet);
  if (!ip) return std::nullopt;
  const wire::Ipv4Header& h = ip->header;
  return Parsed{h.source, h.destination, h.protocol, h.is_fragment(), packet.subspan(ip->header_bytes)};
}

std::optional<Parsed> parse_ipv6(std::span<const std::byte> packet) {
  const auto ip = wire::parse_quoted_ipv6(packet);
  if (!ip) return std::nullopt;
  const auto chain = wire::walk_extensions(*ip, packet);
  if (!chain.ok()) return std::nullopt;
  return Parsed{ip->source, ip->destination, chain->protocol, chain->fragment.has_value(),
                packet.subspan(chain->bytes)};
}

// The flow of a segment that arrives comes from its source; one of ours that an error quotes went to its destination.
enum class Direction : uint8_t { kArrived, kQuoted };

WorkerId owner_of_segment(const Parsed& ip, Direction direction, unsigned workers, WorkerId receiver) {
  ByteReader ports(ip.payload);
  const Endpoint source{ip.source, Port{ports.u16()}};
  const Endpoint destination{ip.destination, Port{ports.u16()}};
  if (!ports.ok()) return receiver;
  return direction == Direction::kArrived ? owner_of_flow(source, destination, workers)
                                          : owner_of_flow(destination, source, workers);
}

WorkerId owner_of_quote(const std::optional<Parsed>& quoted, unsigned workers, WorkerId receiver) {
  if (!quoted || quoted->protocol != wire::IpProtocol::kTcp) return receiver;
  return owner_of_segment(*quoted, Direction::kQuoted, workers, receiver);
}

WorkerId owner_of_icmpv4(std::span<const std::byte> message, unsigned workers, WorkerId receiver) {
  if (message.size() < wire::IcmpV4Header::kBytes) return receiver;
  const wire::IcmpV4Header header{.type = wire::IcmpV4Type{static_cast<uint8_t>(message[0])}};
  if (!header.is_error()) return receiver;
  return owner_of_quote(parse_ipv4(message.subspan(wire::IcmpV4Header::kBytes)), workers, receiver);
}

WorkerId owner_of_icmpv6(std::span<const std::byte> message, unsigned workers, WorkerId receiver) {
  if (message.size() < wire::IcmpV6Header::kBytes) return receiver;
  const wire::IcmpV6Header header{.type = wire::IcmpV6Type{static_cast<uint8_t>(message[0])}};
  if (header.is_neighbour_discovery()) return kSpeaker;
  if (!header.is_error()) return receiver;
  return owner_of_quote(parse_ipv6(message.subspan(wire::IcmpV6Header::kBytes)), workers, receiver);
}

}  // namespace

WorkerId Steering::owner_of(std::span<const std::byte> frame, WorkerId receiver) const {
  if (workers == 1) return receiver;
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return receiver;
  if (ethernet->header.type == wire::EtherType::kArp) return kSpeaker;
  const bool v6 = ethernet->header.type == wire::EtherType::kIpv6;
  if (!v6 && ethernet->header.type != wire::EtherType::kIpv4) return receiver;
  const auto packet = frame.subspan(ethernet->header_bytes);
  const auto ip = v6 ? parse_ipv6(packet) : parse_ipv4(packet);
  if (!ip) return receiver;
  if (ip->fragment) return kSpeaker;
  switch (ip->protocol) {
    case wire::IpProtocol::kIcmp:
      return owner_of_icmpv4(ip->payload, workers, receiver);
    case wire::IpProtocol::kIcmpV6:
      return owner_of_icmpv6(ip->payload, workers, receiver);
    case wire::IpProtocol::kTcp:
      // Few devices hash behind extension headers, and not every one hashes IPv6.
      return by_device && !v6 ? receiver : owner_of_segment(*ip, Direction::kArrived, workers, receiver);
    default:
      return receiver;
  }
}

}  // namespace sluice::net
