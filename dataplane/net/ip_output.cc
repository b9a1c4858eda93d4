#include "net/ip_output.h"

#include <utility>

#include "net/ipv6_addresses.h"

namespace sluice::net {

namespace {

constexpr uint16_t kMtuWithoutRouteIpv4 = 576;   // RFC 791 3.1
constexpr uint16_t kMtuWithoutRouteIpv6 = 1280;  // RFC 8200 5

size_t header_bytes_of(const IpAddress& destination) {
  return destination.is_v4() ? wire::Ipv4Header::kMinBytes : wire::Ipv6Header::kBytes;
}

}  // namespace

IpOutput::IpOutput(WorkerContext& context, const Wiring& wiring)
    : context_(context),
      config_(wiring.config),
      local_(wiring.local),
      routes_(wiring.routes),
      link_(wiring.link),
      neighbours_(wiring.neighbours),
      offloads_(config_.common_offloads()),
      labels_(context.random) {}

void IpOutput::send(wire::IpProtocol protocol, const IpAddress& source, const IpAddress& destination, Packet payload,
                    wire::Ecn ecn) {
  const auto hop = way_between(source, destination);
  if (!hop) return context_.count(Counter::kNetNoRoute);
  const LinkConfig& link = config_[hop->link];
  const size_t header_bytes = header_bytes_of(destination);
  if (header_bytes + payload.largest_segment() > link.mtu || header_bytes + payload.total_size() > UINT16_MAX ||
      payload.headroom() < kHeaderRoom) {
    return context_.count(Counter::kNetTooBig);
  }

  TransmitRequest request = prepend_header({protocol, source, destination, ecn}, link, payload);
  request.link_bytes = link_.header_bytes(hop->link);
  request.tcp_checksum = protocol == wire::IpProtocol::kTcp && offloads_.tcp_checksum;
  payload.request(request);

  const NeighbourKey neighbour{hop->link, hop->next_hop};
  if (const wire::MacAddress* mac = neighbours_.find(neighbour)) {
    const auto type = request.ipv6 ? wire::EtherType::kIpv6 : wire::EtherType::kIpv4;
    link_.send(hop->link, *mac, type, std::move(payload));
  } else {
    neighbours_.hold(neighbour, std::move(payload));
  }
}

// A link-local address says nothing without its link (RFC 4007 6): what is for one leaves through the link whose
// address it comes from. Where several were given the same by node.yaml, that is the first of them.
std::optional<Hop> IpOutput::way_between(const IpAddress& source, const IpAddress& destination) const {
  if (destination.is_v4() != source.is_v4()) return std::nullopt;
  if (destination.is_v4() || !is_link_local(destination)) return routes_.find(destination);
  for (uint16_t i = 0; i < config_.links.size(); ++i) {
    if (local_.owns(LinkIndex{i}, source)) return Hop{LinkIndex{i}, destination};
  }
  return std::nullopt;
}

TransmitRequest IpOutput::prepend_header(const Envelope& envelope, const LinkConfig& link, Packet& payload) {
  const size_t payload_bytes = payload.total_size();
  if (!envelope.destination.is_v4()) {
    const uint32_t label = labels_.label(envelope.protocol, envelope.source, envelope.destination, payload.bytes());
    wire::emit_ipv6({.traffic_class = static_cast<uint8_t>(envelope.ecn),
                     .flow_label = label,
                     .payload_length = static_cast<uint16_t>(payload_bytes),
                     .next_header = envelope.protocol,
                     .source = envelope.source,
                     .destination = envelope.destination},
                    payload.prepend(wire::Ipv6Header::kBytes));
    return {.network_bytes = wire::Ipv6Header::kBytes, .ipv6 = true};
  }
  // RFC 6864 4.1: the identification of a datagram that is never fragmented means nothing.
  const wire::Ipv4Header header{.traffic_class = static_cast<uint8_t>(envelope.ecn),
                                .total_length = static_cast<uint16_t>(wire::Ipv4Header::kMinBytes + payload_bytes),
                                .dont_fragment = true,
                                .protocol = envelope.protocol,
                                .source = envelope.source,
                                .destination = envelope.destination};
  wire::emit_ipv4(header, !link.offloads.ipv4_checksum, payload.prepend(wire::Ipv4Header::kMinBytes));
  return {.network_bytes = wire::Ipv4Header::kMinBytes, .ipv4_checksum = link.offloads.ipv4_checksum};
}

// IPv4 speaks to a router with the address that the router knows as its neighbour; IPv6 chooses by the destination
// (RFC 6724).
std::optional<IpAddress> IpOutput::source_for(const IpAddress& destination) const {
  const auto hop = routes_.find(destination);
  if (!hop || local_.is_martian(hop->link, destination)) return std::nullopt;
  return local_.source_for(hop->link, destination.is_v4() ? hop->next_hop : destination);
}

uint16_t IpOutput::path_mtu(const IpAddress& destination) const {
  if (const auto hop = routes_.find(destination)) return config_[hop->link].mtu;
  return destination.is_v4() ? kMtuWithoutRouteIpv4 : kMtuWithoutRouteIpv6;
}

uint16_t IpOutput::mtu_between(const IpAddress& source, const IpAddress& destination) const {
  const auto hop = way_between(source, destination);
  return hop ? config_[hop->link].mtu : path_mtu(destination);
}

}  // namespace sluice::net
