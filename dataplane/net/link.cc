#include "net/link.h"

#include <utility>

namespace sluice::net {

std::optional<Arrival> Link::take_header(PortIndex port, Packet& frame) {
  const auto parsed = wire::parse_ethernet(frame.bytes());
  if (!parsed) {
    context_.count(Counter::kNetEthernetMalformed);
    return std::nullopt;
  }
  const wire::EthernetHeader& h = parsed->header;
  const auto link = config_.find(port, h.vlan);
  if (!link) {
    context_.count(Counter::kNetOtherVlan);
    return std::nullopt;
  }
  const bool to_group = h.destination.is_group();
  if (!to_group && h.destination != config_[*link].mac) {
    context_.count(Counter::kNetOtherHost);
    return std::nullopt;
  }
  frame.trim_front(parsed->header_bytes);
  return Arrival{*link, h.type, h.source, to_group};
}

void Link::send(LinkIndex link, const wire::MacAddress& destination, wire::EtherType type, Packet payload) {
  const LinkConfig& own = config_[link];
  const wire::EthernetHeader header{.destination = destination, .source = own.mac, .vlan = own.vlan, .type = type};
  wire::emit_ethernet(header, payload.prepend(wire::ethernet_header_bytes(header)));
  output_.transmit(own.port, std::move(payload));
}

void Link::send_up(LinkIndex link, wire::EtherType type, Packet packet) {
  const LinkConfig& own = config_[link];
  const wire::EthernetHeader header{.destination = own.mac, .source = own.mac, .vlan = own.vlan, .type = type};
  wire::emit_ethernet(header, packet.prepend(wire::ethernet_header_bytes(header)));
  output_.steer(own.port, std::move(packet));
}

uint8_t Link::header_bytes(LinkIndex link) const {
  return config_[link].vlan ? wire::EthernetHeader::kMaxBytes : wire::EthernetHeader::kBytes;
}

}  // namespace sluice::net
