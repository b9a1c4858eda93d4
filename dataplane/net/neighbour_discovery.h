// NeighbourDiscovery: what ARP is to IPv4, for IPv6: asks for link addresses, answers for ours and announces them
// (RFC 4861), after asking whether somebody else has them (RFC 4862 5.4). Works on worker 0 alone.
//
// Redirects are not followed, and router advertisements are passed on only where node.yaml says so.
#pragma once

#include "base/worker_context.h"
#include "net/address_defence.h"
#include "net/config.h"
#include "net/discovery_output.h"
#include "net/link.h"
#include "net/local_addresses.h"
#include "net/neighbour_table.h"
#include "net/router_discovery.h"
#include "packet/packet_pool.h"
#include "wire/icmpv6.h"
#include "wire/ipv6.h"
#include "wire/neighbour_discovery.h"

namespace sluice::net {

class NeighbourDiscovery {
 public:
  // The layers around it; all outlive it.
  struct Wiring {
    const Config& config;
    LocalAddresses& local;
    RouterDiscovery& routers;
    Link& link;
    NeighbourTable& neighbours;
    NeighbourSync& sync;
  };
  NeighbourDiscovery(WorkerContext& context, PacketPool& packets, const Wiring& wiring);

  // A message of neighbour discovery whose checksum is right, from its ICMPv6 header on.
  void on_message(const Arrival& arrival, const wire::Ipv6Header& ip, wire::IcmpV6Type type, const Packet& message);

  // Asks for a neighbour's link address: its solicited-node group, or the one who had it last (`known`).
  void ask(const NeighbourKey& neighbour, const wire::MacAddress* known);

  // Asks the links whether somebody has our addresses; after a second without an answer they are ours and announced,
  // twice: at once where no link is to be asked. Also asks for routers where they are wanted.
  void announce();

 private:
  void on_solicitation(const Arrival& arrival, const wire::Ipv6Header& ip, const Packet& message);
  void on_advertisement(const Arrival& arrival, const wire::Ipv6Header& ip, const Packet& message);
  void on_router(const Arrival& arrival, const wire::Ipv6Header& ip, const Packet& message);
  void learn(const NeighbourKey& neighbour, const wire::NeighbourAdvertisement& advertisement);
  void on_heard(const NeighbourKey& neighbour, const wire::MacAddress& mac);
  void on_duplicate(const NeighbourKey& own);
  void on_conflict(const NeighbourKey& own);
  void publish_learned(bool learned, const NeighbourKey& neighbour, const wire::MacAddress& mac);

  void finish_detection();
  void announce_all();
  void announce_one(const NeighbourKey& own);
  void publish_duplicates();

  template <typename Visit>
  void for_each_own(Visit&& visit);

  WorkerContext& context_;
  const Config& config_;
  LocalAddresses& local_;
  RouterDiscovery& routers_;
  DiscoveryOutput output_;
  NeighbourTable& neighbours_;
  NeighbourSync& sync_;
  Timer detection_timer_;
  Timer announce_timer_;
  Timer duplicates_timer_;
  AddressDefence defence_;
};

}  // namespace sluice::net
