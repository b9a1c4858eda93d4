#include "net/stack.h"

#include <utility>

namespace sluice::net {

Stack::Stack(WorkerContext& context, Config config, const Wiring& wiring)
    : context_(context),
      config_(std::move(config)),
      routes_(config_),
      sync_(wiring.sync),
      neighbours_(context, *this),
      link_(context, config_, wiring.output),
      arp_(context, wiring.packets, config_, link_, neighbours_, sync_),
      ip_output_(context, config_, routes_, link_, neighbours_),
      icmp_(context, wiring.packets, config_, ip_output_, wiring.transport),
      ip_input_(context, config_, icmp_, wiring.transport) {}

void Stack::on_frame(PortIndex port, Packet frame) {
  const auto arrival = link_.take_header(port, frame);
  if (!arrival) return;
  switch (arrival->type) {
    case wire::EtherType::kIpv4:
      return ip_input_.on_packet(port, arrival->to_group, std::move(frame));
    case wire::EtherType::kArp:
      return speaks_arp() ? arp_.on_packet(port, frame) : context_.count(Counter::kNetArpIgnored);
    case wire::EtherType::kIpv6:
      return context_.count(Counter::kNetIpv6Refused);
    default:
      return context_.count(Counter::kNetUnknownEtherType);
  }
}

void Stack::on_resolve_request(const ResolveRequest& request) {
  if (const wire::MacAddress* mac = neighbours_.find(request.neighbour)) {
    sync_.publish({request.neighbour, *mac});
  } else {
    neighbours_.resolve(request.neighbour);
  }
}

void Stack::apply(const NeighbourUpdate& update) {
  neighbours_.confirm(update.neighbour, update.mac, NeighbourTable::Unknown::kIgnore);
}

void Stack::ask(const NeighbourKey& neighbour, const wire::MacAddress* known) {
  if (speaks_arp()) {
    arp_.ask(neighbour, known);
  } else {
    sync_.request({neighbour});
  }
}

void Stack::on_resolved(const NeighbourKey& neighbour, const wire::MacAddress& mac, Packet packet) {
  link_.send(neighbour.port, mac, wire::EtherType::kIpv4, std::move(packet));
}

void Stack::on_unresolved(Packet packet) {
  icmp_.on_unresolved(packet);
}

}  // namespace sluice::net
