// Stack: the network layer of one worker: frames in and out below, segments in and out above.
//
// Owned by the worker, one a worker, over all ports. Pure over its clock and its interfaces: tests feed it frames and
// read what it sends. Worker 0 speaks ARP for all workers; the others ask it through NeighbourSync.
#pragma once

#include "base/worker_context.h"
#include "net/arp.h"
#include "net/config.h"
#include "net/icmp.h"
#include "net/ip_input.h"
#include "net/ip_output.h"
#include "net/link.h"
#include "net/link_output.h"
#include "net/neighbour_sync.h"
#include "net/neighbour_table.h"
#include "net/route_table.h"
#include "net/transport_input.h"
#include "packet/packet_pool.h"

namespace sluice::net {

class Stack final : private NeighbourEvents {
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

  // Worker 0: announces our addresses on all links. Call once the ports are up.
  void announce() { arp_.announce(); }

  // Worker 0: another worker waits for a neighbour. Answered by NeighbourSync::publish(), now or when it is known.
  void on_resolve_request(const ResolveRequest& request);

  // The other workers: worker 0 has heard of a neighbour.
  void apply(const NeighbourUpdate& update);

 private:
  bool speaks_arp() const { return context_.id == WorkerId{0}; }

  void ask(const NeighbourKey& neighbour, const wire::MacAddress* known) override;
  void on_resolved(const NeighbourKey& neighbour, const wire::MacAddress& mac, Packet packet) override;
  void on_unresolved(Packet packet) override;

  WorkerContext& context_;
  const Config config_;
  const RouteTable routes_;
  NeighbourSync& sync_;
  NeighbourTable neighbours_;
  Link link_;
  Arp arp_;
  IpOutput ip_output_;
  Icmp icmp_;
  IpInput ip_input_;
};

}  // namespace sluice::net
