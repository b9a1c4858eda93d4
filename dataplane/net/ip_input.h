// IpInput: decides what becomes of each IPv4 packet that arrives: TCP, ICMP, an answer that nobody is here, or nothing.
#pragma once

#include "base/worker_context.h"
#include "net/icmp.h"
#include "net/local_addresses.h"
#include "net/transport_input.h"
#include "packet/packet.h"

namespace sluice::net {

class IpInput {
 public:
  IpInput(WorkerContext& context, const Config& config, Icmp& icmp, TransportInput& transport)
      : context_(context), local_(config), icmp_(icmp), transport_(transport) {}

  // An IPv4 packet without its link header, perhaps padded. to_group: its frame was sent to more hosts than us.
  void on_packet(PortIndex port, bool to_group, Packet packet);

 private:
  bool is_for_us(PortIndex port, bool to_group, const wire::Ipv4Header& ip) const;
  void deliver(const wire::ParsedIpv4& ip, Packet packet);

  WorkerContext& context_;
  LocalAddresses local_;
  Icmp& icmp_;
  TransportInput& transport_;
};

}  // namespace sluice::net
