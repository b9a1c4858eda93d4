// Stack: the network layer of one worker: frames in and out below, segments in and out above.
//
// Owned by the worker, one a worker, over all ports. Pure over its clock and its interfaces: tests feed it frames and
// read what it sends. Worker 0 speaks ARP and neighbour discovery for all workers; the others ask it through
// NeighbourSync.
#pragma once

#include "base/worker_context.h"
#include "net/arp.h"
#include "net/config.h"
#include "net/icmp.h"
#include "net/icmpv6.h"
#include "net/ip_input.h"
#include "net/ip_output.h"
#include "net/ipv6_input.h"
#include "net/link.h"
#include "net/link_output.h"
#include "net/local_addresses.h"
#include "net/neighbour_discovery.h"
#include "net/neighbour_sync.h"
#include "net/neighbour_table.h"
#include "net/reassembler.h"
#include "net/route_table.h"
#include "net/router_discovery.h"
#include "net/transport_input.h"
#include "packet/packet_pool.h"

namespace sluice::net {

class Stack final : private NeighbourEvents, private ReassemblyEvents {
 public:
  // What stands around a stack; all outlive it.
  struct Wiring {
    PacketPool& packets;
    LinkOutput& output;
    TransportInput& transport;
    NeighbourSync& sync;
  };
  Stack(WorkerContext& context, Config config, const Wiring& wiring);
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // A frame that arrived on `port` and belongs to this worker (net/steering.h).
  void on_frame(PortIndex port, Packet frame);

  // Where transports send.
  IpOutput& ip() { return ip_output_; }

  // Worker 0: makes our addresses known on all links, IPv6 addresses once nobody else claims them. Call once the ports
  // are up.
  void announce();

  // Worker 0: another worker waits for a neighbour. Answered by NeighbourSync::publish(), now or when it is known.
  void on_resolve_request(const ResolveRequest& request);

  // The other workers: worker 0 has heard of a neighbour, or of an address.
  void apply(const NeighbourUpdate& update);
  void apply(const AddressNotice& notice);

 private:
  bool speaks_for_all() const { return context_.id == WorkerId{0}; }

  void ask(const NeighbourKey& neighbour, const wire::MacAddress* known) override;
  void on_resolved(const NeighbourKey& neighbour, const wire::MacAddress& mac, Packet packet) override;
  void on_unresolved(Packet packet) override;
  void on_silent(const NeighbourKey& neighbour) override;
  void on_reassembly_timeout(Datagram first) override;

  WorkerContext& context_;
  const Config config_;
  LocalAddresses local_;
  RouteTable routes_;
  NeighbourSync& sync_;
  TransportInput& transport_;
  NeighbourTable neighbours_;
  Reassembler reassembler_;
  Link link_;
  Arp arp_;
  RouterDiscovery routers_;
  NeighbourDiscovery discovery_;
  IpOutput ip_output_;
  Icmp icmp_;
  IcmpV6 icmpv6_;
  IpInput ip_input_;
  Ipv6Input ipv6_input_;
};

}  // namespace sluice::net
