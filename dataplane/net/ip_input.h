// IpInput: decides what becomes of each IPv4 packet that arrives: TCP, ICMP, an answer that nobody is here, a piece of
// a datagram, or nothing.
#pragma once

#include "base/worker_context.h"
#include "net/icmp.h"
#include "net/link.h"
#include "net/local_addresses.h"
#include "net/reassembler.h"
#include "net/transport_input.h"
#include "packet/packet.h"

namespace sluice::net {

class IpInput {
 public:
  // The layers around it; all outlive it.
  struct Wiring {
    const LocalAddresses& local;
    Link& link;
    Icmp& icmp;
    Reassembler& reassembler;
    TransportInput& transport;
  };
  IpInput(WorkerContext& context, const Wiring& wiring)
      : context_(context),
        local_(wiring.local),
        links_(wiring.link),
        icmp_(wiring.icmp),
        reassembler_(wiring.reassembler),
        transport_(wiring.transport) {}

  // An IPv4 packet without its link header, perhaps padded.
  void on_packet(const Arrival& arrival, Packet packet);

  // The rest of the datagram that `first` begins did not come in time.
  void on_reassembly_timeout(Datagram first);

 private:
  bool is_for_us(const Arrival& arrival, const wire::Ipv4Header& ip) const;
  void on_fragment(LinkIndex link, const wire::ParsedIpv4& ip, const Packet& packet);
  void deliver(const wire::ParsedIpv4& ip, Packet packet);
  void refuse_udp(const wire::ParsedIpv4& ip, const Packet& packet);

  WorkerContext& context_;
  const LocalAddresses& local_;
  Link& links_;
  Icmp& icmp_;
  Reassembler& reassembler_;
  TransportInput& transport_;
};

}  // namespace sluice::net
