#include "net/steering.h"

#include "net/glance.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"

namespace sluice::net {

namespace {

constexpr WorkerId kSpeaker{0};  // of ARP and neighbour discovery; the one reassembler too

// The flow of a segment that arrives comes from its source; one of ours that an error quotes went to its destination.
enum class Direction : uint8_t { kArrived, kQuoted };

WorkerId owner_of_segment(const Glance& ip, Direction direction, const FlowOwners& owners, WorkerId receiver) {
  const auto ports = ports_of(ip);
  if (!ports) return receiver;
  const Endpoint source{ip.source, ports->source};
  const Endpoint destination{ip.destination, ports->destination};
  return direction == Direction::kArrived ? owners.owner_of(source, destination) : owners.owner_of(destination, source);
}

WorkerId owner_of_quote(const std::optional<Glance>& quoted, const FlowOwners& owners, WorkerId receiver) {
  if (!quoted || quoted->protocol != wire::IpProtocol::kTcp) return receiver;
  return owner_of_segment(*quoted, Direction::kQuoted, owners, receiver);
}

WorkerId owner_of_icmpv4(std::span<const std::byte> message, const FlowOwners& owners, WorkerId receiver) {
  if (message.size() < wire::IcmpV4Header::kBytes) return receiver;
  const wire::IcmpV4Header header{.type = wire::IcmpV4Type{static_cast<uint8_t>(message[0])}};
  if (!header.is_error()) return receiver;
  return owner_of_quote(glance_at(wire::EtherType::kIpv4, message.subspan(wire::IcmpV4Header::kBytes)), owners,
                        receiver);
}

WorkerId owner_of_icmpv6(std::span<const std::byte> message, const FlowOwners& owners, WorkerId receiver) {
  if (message.size() < wire::IcmpV6Header::kBytes) return receiver;
  const wire::IcmpV6Header header{.type = wire::IcmpV6Type{static_cast<uint8_t>(message[0])}};
  if (header.is_neighbour_discovery()) return kSpeaker;
  if (!header.is_error()) return receiver;
  return owner_of_quote(glance_at(wire::EtherType::kIpv6, message.subspan(wire::IcmpV6Header::kBytes)), owners,
                        receiver);
}

}  // namespace

WorkerId Steering::owner_of(std::span<const std::byte> frame, WorkerId receiver) const {
  if (owners.workers() == 1) return receiver;
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return receiver;
  if (ethernet->header.type == wire::EtherType::kArp) return kSpeaker;
  const auto ip = glance_at(ethernet->header.type, frame.subspan(ethernet->header_bytes));
  if (!ip) return receiver;
  if (ip->fragment) return kSpeaker;
  switch (ip->protocol) {
    case wire::IpProtocol::kIcmp:
      return owner_of_icmpv4(ip->payload, owners, receiver);
    case wire::IpProtocol::kIcmpV6:
      return owner_of_icmpv6(ip->payload, owners, receiver);
    case wire::IpProtocol::kTcp:
      // Few devices hash behind extension headers, and not every one hashes IPv6.
      return by_device && ip->source.is_v4() ? receiver : owner_of_segment(*ip, Direction::kArrived, owners, receiver);
    default:
      return receiver;
  }
}

}  // namespace sluice::net
