// NodePort, NodeRoute: the network ports of the data plane and where packets go through them. Part of Node.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sluice/ip_address.h"
#include "sluice/policy/field.h"

namespace sluice::policy {

struct MacAddress {
  std::array<uint8_t, 6> bytes{};
  bool operator==(const MacAddress&) const = default;
};

// An address of a port's own and the prefix that is on its link: "198.18.0.1/24".
struct InterfaceAddress {
  IpAddress address;
  Cidr prefix;
  bool operator==(const InterfaceAddress&) const = default;
};

struct NodePort {
  static constexpr std::string_view kEntityType = "port";

  std::string name;
  std::string device;  // a PCI address, or a virtual device with its arguments: "net_af_packet0,iface=veth1"
  std::vector<InterfaceAddress> addresses;
  std::optional<MacAddress> mac;  // none: the device's
  std::optional<uint16_t> vlan;   // 802.1Q tag of everything sent and taken
  uint16_t mtu = 1500;
  std::optional<uint16_t> queues;  // none: one a worker, as far as the device has them
  uint16_t receive_descriptors = 1024;
  uint16_t transmit_descriptors = 1024;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("name", s.name, {.help = "a unique name", .text = TextKind::kName, .required = true});
    visit("device", s.device, {.help = "PCI address, or DPDK virtual device with arguments", .required = true});
    visit("addresses", s.addresses,
          {.help = "own addresses, each with its prefix length", .required = true, .not_empty = true});
    visit("mac", s.mac, {.help = "link address; the device's where not given"});
    visit("vlan", s.vlan, {.help = "802.1Q tag", .least = 1, .most = 4094});
    visit("mtu", s.mtu, {.help = "longest IP packet, bytes", .least = 576, .most = 9216});
    visit("queues", s.queues,
          {.help = "receive and transmit queues; one a worker where not given", .least = 1, .most = 64});
    visit("receive_descriptors", s.receive_descriptors,
          {.help = "descriptors of a receive queue", .least = 64, .most = 8192});
    visit("transmit_descriptors", s.transmit_descriptors,
          {.help = "descriptors of a transmit queue", .least = 64, .most = 8192});
  }
};

struct NodeRoute {
  static constexpr std::string_view kEntityType = "route";

  Cidr prefix;
  IpAddress via;  // on the link of one of the ports
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("prefix", s.prefix, {.help = "destinations", .required = true});
    visit("via", s.via, {.help = "next hop, on the link of a port", .required = true});
  }
};

}  // namespace sluice::policy
