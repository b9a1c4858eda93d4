#include "net/steering.h"

#include "base/byte_reader.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/ipv4.h"

namespace sluice::net {

namespace {

// Whose packets speak of whom: a segment that arrives comes from `remote`, one of ours that an error quotes went there.
enum class Direction : uint8_t { kArrived, kQuoted };

WorkerId owner_of_segment(const wire::ParsedIpv4& ip, std::span<const std::byte> packet, Direction direction,
                          const Steering& steering, WorkerId receiver) {
  ByteReader ports(packet.subspan(ip.header_bytes));
  const Endpoint source{ip.header.source, Port{ports.u16()}};
  const Endpoint destination{ip.header.destination, Port{ports.u16()}};
  if (!ports.ok()) return receiver;
  return direction == Direction::kArrived ? owner_of_flow(source, destination, steering.workers)
                                          : owner_of_flow(destination, source, steering.workers);
}

WorkerId owner_of_icmp(std::span<const std::byte> message, const Steering& steering, WorkerId receiver) {
  if (message.size() < wire::IcmpV4Header::kBytes) return receiver;
  const wire::IcmpV4Header header{.type = wire::IcmpV4Type{static_cast<uint8_t>(message[0])}};
  if (!header.is_error()) return receiver;
  const auto quote = message.subspan(wire::IcmpV4Header::kBytes);
  const auto quoted = wire::parse_quoted_ipv4(quote);
  if (!quoted || quoted->header.protocol != wire::IpProtocol::kTcp) return receiver;
  return owner_of_segment(*quoted, quote, Direction::kQuoted, steering, receiver);
}

WorkerId owner_of_ipv4(std::span<const std::byte> packet, const Steering& steering, WorkerId receiver) {
  const auto ip = wire::parse_quoted_ipv4(packet);
  if (!ip) return receiver;
  if (ip->header.is_fragment()) return WorkerId{0};
  if (ip->header.protocol == wire::IpProtocol::kIcmp) {
    return owner_of_icmp(packet.subspan(ip->header_bytes), steering, receiver);
  }
  if (ip->header.protocol != wire::IpProtocol::kTcp || steering.by_device) return receiver;
  return owner_of_segment(*ip, packet, Direction::kArrived, steering, receiver);
}

}  // namespace

WorkerId Steering::owner_of(std::span<const std::byte> frame, WorkerId receiver) const {
  if (workers == 1) return receiver;
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return receiver;
  switch (ethernet->header.type) {
    case wire::EtherType::kArp:
      return WorkerId{0};
    case wire::EtherType::kIpv4:
      return owner_of_ipv4(frame.subspan(ethernet->header_bytes), *this, receiver);
    default:
      return receiver;
  }
}

}  // namespace sluice::net
