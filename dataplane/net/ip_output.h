// IpOutput: sends what transports and ICMP hand down: route, IPv4 header, neighbour, link (RFC 791, 1122 3.3.1).
#pragma once

#include <cstdint>
#include <optional>

#include "base/worker_context.h"
#include "net/config.h"
#include "net/link.h"
#include "net/neighbour_table.h"
#include "net/route_table.h"
#include "packet/packet.h"
#include "wire/ipv4.h"

namespace sluice::net {

class IpOutput {
 public:
  IpOutput(WorkerContext& context, const Config& config, const RouteTable& routes, Link& link,
           NeighbourTable& neighbours);

  // Sends `payload`, which begins at its transport header and has at least kHeaderRoom in front, with DF set and a TTL
  // of 64. Best effort: what cannot go is dropped and counted.
  static constexpr size_t kHeaderRoom = wire::EthernetHeader::kMaxBytes + wire::Ipv4Header::kMinBytes;
  void send(wire::IpProtocol protocol, const IpAddress& source, const IpAddress& destination, Packet payload);

  // The address of ours from which `destination` is reached; none without a route.
  std::optional<IpAddress> source_for(const IpAddress& destination) const;

  // The largest IP packet, bytes, that the first link to `destination` takes; 576 without a route.
  uint16_t path_mtu(const IpAddress& destination) const;

  // What every port does for TCP.
  const TransmitOffloads& offloads() const { return offloads_; }

 private:
  WorkerContext& context_;
  const Config& config_;
  const RouteTable& routes_;
  Link& link_;
  NeighbourTable& neighbours_;
  const TransmitOffloads offloads_;
};

}  // namespace sluice::net
