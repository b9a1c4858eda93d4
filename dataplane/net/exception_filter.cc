#include "net/exception_filter.h"

#include <algorithm>

#include "wire/icmpv4.h"
#include "wire/icmpv6.h"

namespace sluice::net {

namespace {

// Our own answers to echoes; errors and what the link says of itself may be about a flow of either.
template <typename Type>
Taker taker_of_icmp(std::span<const std::byte> message) {
  const bool echo_request = !message.empty() && Type{static_cast<uint8_t>(message[0])} == Type::kEchoRequest;
  return echo_request ? Taker::kUs : Taker::kBoth;
}

}  // namespace

Taker ExceptionFilter::taker_of(PortIndex port, std::span<const std::byte> frame) const {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return Taker::kUs;
  const wire::EthernetHeader& h = ethernet->header;
  const auto link = config_.find(port, h.vlan);
  if (!link) return Taker::kKernel;
  if (h.destination.is_group()) return Taker::kBoth;
  if (h.destination != config_[*link].mac) return Taker::kUs;
  if (h.type == wire::EtherType::kArp) return Taker::kBoth;
  if (h.type != wire::EtherType::kIpv4 && h.type != wire::EtherType::kIpv6) return Taker::kKernel;
  const auto ip = glance_at(h.type, frame.subspan(ethernet->header_bytes));
  return ip ? taker_of_packet(*link, *ip) : Taker::kUs;
}

// What may be ours and comes in fragments is put together here: whole, it comes by again.
Taker ExceptionFilter::taker_of_packet(LinkIndex link, const Glance& ip) const {
  if (!local_.state_of(link, ip.destination)) return Taker::kKernel;
  switch (ip.protocol) {
    case wire::IpProtocol::kTcp:
      return ip.fragment ? Taker::kUs : taker_of_segment(ip);
    case wire::IpProtocol::kIcmp:
      return ip.fragment ? Taker::kUs : taker_of_icmp<wire::IcmpV4Type>(ip.payload);
    case wire::IpProtocol::kIcmpV6:
      return ip.fragment ? Taker::kUs : taker_of_icmp<wire::IcmpV6Type>(ip.payload);
    default:
      return Taker::kKernel;
  }
}

Taker ExceptionFilter::taker_of_segment(const Glance& ip) const {
  const auto ports = ports_of(ip);
  if (!ports) return Taker::kUs;
  const Port port = ports->destination;
  if (port >= ports_.first_ephemeral && port <= ports_.last_ephemeral) return Taker::kUs;
  const bool listened = std::any_of(ports_.listeners.begin(), ports_.listeners.end(), [&](const Endpoint& own) {
    return own.port == port && (own.address.is_unspecified() || own.address == ip.destination);
  });
  return listened ? Taker::kUs : Taker::kKernel;
}

}  // namespace sluice::net
