// Config: what the stack of a worker knows about its links and routes. The same on every worker, fixed at start.
#pragma once

#include <optional>
#include <vector>

#include "net/link_index.h"
#include "packet/packet.h"
#include "sluice/ip_address.h"
#include "sluice/policy/node_ports.h"
#include "wire/ethernet.h"

namespace sluice::net {

// A network that a port is on: the untagged one, or a VLAN.
struct LinkConfig {
  PortIndex port;
  wire::MacAddress mac;
  std::optional<uint16_t> vlan;  // the tag of everything sent and taken
  uint16_t mtu = 1500;           // longest IP packet, bytes
  std::vector<policy::InterfaceAddress> addresses;
  policy::Ipv6Config ipv6;
  TransmitOffloads offloads;  // the port's
};

struct StaticRoute {
  Cidr prefix;
  IpAddress via;
  std::optional<LinkIndex> link;  // none: the link whose prefix has `via`
};

struct Config {
  std::vector<LinkConfig> links;  // by LinkIndex
  std::vector<StaticRoute> routes;

  const LinkConfig& operator[](LinkIndex link) const { return links[link.value]; }

  // The link of a frame with this tag; none: the port is not on that network.
  std::optional<LinkIndex> find(PortIndex port, std::optional<uint16_t> vlan) const {
    for (uint16_t i = 0; i < links.size(); ++i) {
      if (links[i].port == port && links[i].vlan == vlan) return LinkIndex{i};
    }
    return std::nullopt;
  }

  // What every port does: TCP, which does not know ports, can rely on no more.
  TransmitOffloads common_offloads() const {
    TransmitOffloads common{.ipv4_checksum = true, .tcp_checksum = true, .segmentation = true, .multi_segment = true};
    for (const LinkConfig& link : links) {
      common.ipv4_checksum &= link.offloads.ipv4_checksum;
      common.tcp_checksum &= link.offloads.tcp_checksum;
      common.segmentation &= link.offloads.segmentation;
      common.multi_segment &= link.offloads.multi_segment;
    }
    return common;
  }
};

}  // namespace sluice::net
