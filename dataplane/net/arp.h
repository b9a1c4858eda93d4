// Arp: asks for link addresses, answers for ours and announces them (RFC 826, RFC 5227). Works on worker 0 alone.
#pragma once

#include "base/worker_context.h"
#include "net/address_defence.h"
#include "net/config.h"
#include "net/link.h"
#include "net/local_addresses.h"
#include "net/neighbour_table.h"
#include "packet/packet_pool.h"
#include "wire/arp.h"

namespace sluice::net {

class Arp {
 public:
  // The layers around it; all outlive it.
  struct Wiring {
    const Config& config;
    const LocalAddresses& local;
    Link& link;
    NeighbourTable& neighbours;
    NeighbourSync& sync;
  };
  Arp(WorkerContext& context, PacketPool& packets, const Wiring& wiring);

  // An ARP packet without its link header.
  void on_packet(LinkIndex link, const Packet& packet);

  // Asks for a neighbour's link address: everybody, or the one who had it last (`known`).
  void ask(const NeighbourKey& neighbour, const wire::MacAddress* known);

  // Tells the links that our addresses are here, twice (RFC 5227 2.3): switches and neighbours that remember another
  // machine for them learn at once.
  void announce();

 private:
  void learn(LinkIndex link, const wire::ArpPacket& arp);
  void on_conflict(LinkIndex link, const IpAddress& address);
  void announce_all();
  void announce_one(LinkIndex link, const IpAddress& address);
  void send(LinkIndex link, const wire::MacAddress& to, const wire::ArpPacket& arp);

  WorkerContext& context_;
  PacketPool& packets_;
  const Config& config_;
  const LocalAddresses& local_;
  Link& links_;
  NeighbourTable& neighbours_;
  NeighbourSync& sync_;
  Timer announce_timer_;
  AddressDefence defence_;
};

}  // namespace sluice::net
