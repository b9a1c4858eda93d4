#include "net/stack.h"

#include <utility>

#include "net/icmp_error.h"

namespace sluice::net {

Stack::Stack(WorkerContext& context, Config config, const Wiring& wiring)
    : context_(context),
      config_(std::move(config)),
      local_(config_),
      routes_(config_),
      sync_(wiring.sync),
      transport_(wiring.transport),
      neighbours_(context, *this),
      reassembler_(context, wiring.packets, *this),
      link_(context, config_, wiring.output),
      arp_(context, wiring.packets, {config_, local_, link_, neighbours_, sync_}),
      routers_(context, config_, local_, routes_, sync_),
      discovery_(context, wiring.packets, {config_, local_, routers_, link_, neighbours_, sync_}),
      ip_output_(context, {config_, local_, routes_, link_, neighbours_}),
      icmp_(context, wiring.packets, local_, ip_output_, wiring.transport),
      icmpv6_(context, wiring.packets, local_, ip_output_, wiring.transport),
      ip_input_(context, {local_, link_, icmp_, reassembler_, wiring.transport}),
      ipv6_input_(context,
                  {local_, link_, icmpv6_, speaks_for_all() ? &discovery_ : nullptr, reassembler_, wiring.transport}) {}

void Stack::on_frame(PortIndex port, Packet frame) {
  const auto arrival = link_.take_header(port, frame);
  if (!arrival) return;
  switch (arrival->type) {
    case wire::EtherType::kIpv4:
      return ip_input_.on_packet(*arrival, std::move(frame));
    case wire::EtherType::kIpv6:
      return ipv6_input_.on_packet(*arrival, std::move(frame));
    case wire::EtherType::kArp:
      return speaks_for_all() ? arp_.on_packet(arrival->link, frame) : context_.count(Counter::kNetArpIgnored);
    default:
      return context_.count(Counter::kNetUnknownEtherType);
  }
}

void Stack::announce() {
  arp_.announce();
  discovery_.announce();
}

void Stack::on_resolve_request(const ResolveRequest& request) {
  if (const wire::MacAddress* mac = neighbours_.find(request.neighbour)) {
    sync_.publish(NeighbourUpdate{request.neighbour, *mac});
  } else {
    neighbours_.resolve(request.neighbour);
  }
}

void Stack::apply(const NeighbourUpdate& update) {
  neighbours_.confirm(update.neighbour, update.mac, NeighbourTable::Unknown::kIgnore);
}

void Stack::apply(const AddressNotice& notice) {
  switch (notice.what) {
    case AddressNotice::What::kDuplicate:
      return local_.set_state(notice.address.link, notice.address.address, LocalAddresses::State::kDuplicate);
    case AddressNotice::What::kRouter:
      return routes_.add_router(notice.address);
    case AddressNotice::What::kRouterGone:
      return routes_.remove_router(notice.address);
    case AddressNotice::What::kRouterSilent:
      routes_.prefer_others(notice.address);
  }
}

void Stack::ask(const NeighbourKey& neighbour, const wire::MacAddress* known) {
  if (!speaks_for_all()) return sync_.request({neighbour});
  neighbour.address.is_v4() ? arp_.ask(neighbour, known) : discovery_.ask(neighbour, known);
}

void Stack::on_resolved(const NeighbourKey& neighbour, const wire::MacAddress& mac, Packet packet) {
  const auto type = neighbour.address.is_v4() ? wire::EtherType::kIpv4 : wire::EtherType::kIpv6;
  link_.send(neighbour.link, mac, type, std::move(packet));
}

// A segment of ours never left: its neighbour does not answer.
void Stack::on_unresolved(Packet packet) {
  IcmpError error{.kind = IcmpError::Kind::kHostUnreachable};
  if (read_quoted_flow(packet.bytes(), error)) transport_.on_icmp_error(error);
}

// RFC 4861 6.3.6. Worker 0 asks for all, so it knows first.
void Stack::on_silent(const NeighbourKey& neighbour) {
  if (!routes_.prefer_others(neighbour)) return;
  if (speaks_for_all()) sync_.publish(AddressNotice{AddressNotice::What::kRouterSilent, neighbour});
}

void Stack::on_reassembly_timeout(Datagram first) {
  if (first.key.source.is_v4()) return ip_input_.on_reassembly_timeout(std::move(first));
  ipv6_input_.on_reassembly_timeout(std::move(first));
}

}  // namespace sluice::net
