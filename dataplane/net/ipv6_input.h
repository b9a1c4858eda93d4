// Ipv6Input: decides what becomes of each IPv6 packet that arrives, as IpInput does for IPv4 (RFC 8200).
#pragma once

#include "base/worker_context.h"
#include "net/icmpv6.h"
#include "net/link.h"
#include "net/local_addresses.h"
#include "net/reassembler.h"
#include "net/transport_input.h"
#include "packet/packet.h"
#include "wire/ipv6_extensions.h"

namespace sluice::net {

class Ipv6Input {
 public:
  // The layers around it; all outlive it.
  struct Wiring {
    const LocalAddresses& local;
    Link& link;
    IcmpV6& icmp;
    NeighbourDiscovery* discovery;  // nullptr on workers that do not speak it
    Reassembler& reassembler;
    TransportInput& transport;
  };
  Ipv6Input(WorkerContext& context, const Wiring& wiring)
      : context_(context),
        local_(wiring.local),
        links_(wiring.link),
        icmp_(wiring.icmp),
        discovery_(wiring.discovery),
        reassembler_(wiring.reassembler),
        transport_(wiring.transport) {}

  // An IPv6 packet without its link header, perhaps padded.
  void on_packet(const Arrival& arrival, Packet packet);

  // The rest of the datagram that `first` begins did not come in time.
  void on_reassembly_timeout(Datagram first);

 private:
  bool is_for_us(const Arrival& arrival, const wire::Ipv6Header& ip) const;
  void on_fault(LinkIndex link, const wire::Ipv6Header& ip, const Packet& packet, const wire::Ipv6ChainFault& fault);
  void on_fragment(LinkIndex link, const wire::Ipv6Header& ip, const wire::Ipv6Chain& chain, const Packet& packet);
  void deliver(const Arrival& arrival, const wire::Ipv6Header& ip, const wire::Ipv6Chain& chain, Packet packet);
  void refuse(LinkIndex link, const wire::Ipv6Header& ip, const Packet& packet, const wire::ParameterProblem& problem);
  void refuse_udp(const wire::Ipv6Header& ip, const wire::Ipv6Chain& chain, const Packet& packet);

  WorkerContext& context_;
  const LocalAddresses& local_;
  Link& links_;
  IcmpV6& icmp_;
  NeighbourDiscovery* discovery_;
  Reassembler& reassembler_;
  TransportInput& transport_;
};

}  // namespace sluice::net
