#include "net/ip_output.h"

#include <utility>

namespace sluice::net {

namespace {

constexpr uint16_t kMtuWithoutRoute = 576;  // RFC 791 3.1: what every host accepts

}  // namespace

IpOutput::IpOutput(WorkerContext& context, const Config& config, const RouteTable& routes, Link& link,
                   NeighbourTable& neighbours)
    : context_(context),
      config_(config),
      routes_(routes),
      link_(link),
      neighbours_(neighbours),
      offloads_(config.common_offloads()) {}

void IpOutput::send(wire::IpProtocol protocol, const IpAddress& source, const IpAddress& destination, Packet payload) {
  const auto hop = destination.is_v4() && source.is_v4() ? routes_.find(destination) : std::nullopt;
  if (!hop) return context_.count(Counter::kNetNoRoute);
  const PortConfig& port = config_.ports[hop->port.value];
  const size_t total_length = wire::Ipv4Header::kMinBytes + payload.total_size();
  if (total_length > port.mtu || payload.headroom() < kHeaderRoom) return context_.count(Counter::kNetTooBig);

  // RFC 6864 4.1: the identification of a datagram that is never fragmented means nothing.
  const wire::Ipv4Header header{.total_length = static_cast<uint16_t>(total_length),
                                .dont_fragment = true,
                                .protocol = protocol,
                                .source = source,
                                .destination = destination};
  wire::emit_ipv4(header, !port.offloads.ipv4_checksum, payload.prepend(wire::Ipv4Header::kMinBytes));
  payload.request({.link_bytes = link_.header_bytes(hop->port),
                   .network_bytes = wire::Ipv4Header::kMinBytes,
                   .ipv4_checksum = port.offloads.ipv4_checksum,
                   .tcp_checksum = protocol == wire::IpProtocol::kTcp && offloads_.tcp_checksum});

  const NeighbourKey neighbour{hop->port, hop->next_hop};
  if (const wire::MacAddress* mac = neighbours_.find(neighbour)) {
    link_.send(hop->port, *mac, wire::EtherType::kIpv4, std::move(payload));
  } else {
    neighbours_.hold(neighbour, std::move(payload));
  }
}

std::optional<IpAddress> IpOutput::source_for(const IpAddress& destination) const {
  const auto hop = routes_.find(destination);
  if (!hop) return std::nullopt;
  return hop->source;
}

uint16_t IpOutput::path_mtu(const IpAddress& destination) const {
  const auto hop = routes_.find(destination);
  return hop ? config_.ports[hop->port.value].mtu : kMtuWithoutRoute;
}

}  // namespace sluice::net
