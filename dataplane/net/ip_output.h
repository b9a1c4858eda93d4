// IpOutput: sends what transports and ICMP hand down: route, IP header, neighbour, link (RFC 791, 1122 3.3.1, 8200).
#pragma once

#include <cstdint>
#include <optional>

#include "base/worker_context.h"
#include "net/config.h"
#include "net/flow_label.h"
#include "net/link.h"
#include "net/local_addresses.h"
#include "net/neighbour_table.h"
#include "net/route_table.h"
#include "packet/packet.h"
#include "wire/ecn.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace sluice::net {

class IpOutput {
 public:
  // The layers around it; all outlive it.
  struct Wiring {
    const Config& config;
    const LocalAddresses& local;
    const RouteTable& routes;
    Link& link;
    NeighbourTable& neighbours;
  };
  IpOutput(WorkerContext& context, const Wiring& wiring);

  // Sends `payload`, which begins at its transport header and has at least kHeaderRoom in front, never to be
  // fragmented, for at most 64 hops. Best effort: what cannot go is dropped and counted. ecn: whether routers may mark
  // it (RFC 3168).
  static constexpr size_t kHeaderRoom = wire::EthernetHeader::kMaxBytes + wire::Ipv6Header::kBytes;
  void send(wire::IpProtocol protocol, const IpAddress& source, const IpAddress& destination, Packet payload,
            wire::Ecn ecn = wire::Ecn::kNotCapable);

  // The address of ours from which `destination` is reached; none without a route, and none to what no other host can
  // have: groups, broadcasts, loopback, 240/4, nobody's address and our own (RFC 9293 3.9.1, MUST-46).
  std::optional<IpAddress> source_for(const IpAddress& destination) const;

  // The largest IP packet, bytes, that the first link to `destination` takes; without a route what every host accepts.
  uint16_t path_mtu(const IpAddress& destination) const;

  // The same for the link by which a packet from `source` leaves, which a link-local destination does not say.
  uint16_t mtu_between(const IpAddress& source, const IpAddress& destination) const;

  // What every port does for TCP.
  const TransmitOffloads& offloads() const { return offloads_; }

 private:
  // What the header says beside lengths.
  struct Envelope {
    wire::IpProtocol protocol;
    const IpAddress& source;
    const IpAddress& destination;
    wire::Ecn ecn;
  };
  std::optional<Hop> way_between(const IpAddress& source, const IpAddress& destination) const;
  TransmitRequest prepend_header(const Envelope& envelope, const LinkConfig& link, Packet& payload);

  WorkerContext& context_;
  const Config& config_;
  const LocalAddresses& local_;
  const RouteTable& routes_;
  Link& link_;
  NeighbourTable& neighbours_;
  const TransmitOffloads offloads_;
  const FlowLabels labels_;
};

}  // namespace sluice::net
