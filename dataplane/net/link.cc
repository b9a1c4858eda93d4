#include "net/link.h"

#include <utility>

namespace sluice::net {

std::optional<Link::Arrival> Link::take_header(PortIndex port, Packet& frame) {
  const auto parsed = wire::parse_ethernet(frame.bytes());
  if (!parsed) {
    context_.count(Counter::kNetEthernetMalformed);
    return std::nullopt;
  }
  const wire::EthernetHeader& h = parsed->header;
  const PortConfig& own = config_.ports[port.value];
  const bool to_group = h.destination.is_group();
  if (!to_group && h.destination != own.mac) {
    context_.count(Counter::kNetOtherHost);
    return std::nullopt;
  }
  if (h.vlan != own.vlan) {
    context_.count(Counter::kNetOtherVlan);
    return std::nullopt;
  }
  frame.trim_front(parsed->header_bytes);
  return Arrival{h.type, h.source, to_group};
}

void Link::send(PortIndex port, const wire::MacAddress& destination, wire::EtherType type, Packet payload) {
  const PortConfig& own = config_.ports[port.value];
  const wire::EthernetHeader header{.destination = destination, .source = own.mac, .vlan = own.vlan, .type = type};
  wire::emit_ethernet(header, payload.prepend(wire::ethernet_header_bytes(header)));
  output_.transmit(port, std::move(payload));
}

uint8_t Link::header_bytes(PortIndex port) const {
  return config_.ports[port.value].vlan ? wire::EthernetHeader::kMaxBytes : wire::EthernetHeader::kBytes;
}

}  // namespace sluice::net
