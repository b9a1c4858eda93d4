// Config: what the stack of a worker knows about its ports and routes. The same on every worker, fixed at start.
#pragma once

#include <optional>
#include <vector>

#include "packet/packet.h"
#include "sluice/ip_address.h"
#include "sluice/policy/node_ports.h"
#include "wire/ethernet.h"

namespace sluice::net {

struct PortConfig {
  wire::MacAddress mac;
  std::optional<uint16_t> vlan;  // the tag of everything sent and taken
  uint16_t mtu = 1500;           // longest IP packet, bytes
  std::vector<policy::InterfaceAddress> addresses;
  TransmitOffloads offloads;
};

struct Config {
  std::vector<PortConfig> ports;  // at most kMaxPorts, by PortIndex
  std::vector<policy::NodeRoute> routes;

  // What every port does: TCP, which does not know ports, can rely on no more.
  TransmitOffloads common_offloads() const {
    TransmitOffloads common{.ipv4_checksum = true, .tcp_checksum = true, .segmentation = true, .multi_segment = true};
    for (const PortConfig& port : ports) {
      common.ipv4_checksum &= port.offloads.ipv4_checksum;
      common.tcp_checksum &= port.offloads.tcp_checksum;
      common.segmentation &= port.offloads.segmentation;
      common.multi_segment &= port.offloads.multi_segment;
    }
    return common;
  }
};

}  // namespace sluice::net
