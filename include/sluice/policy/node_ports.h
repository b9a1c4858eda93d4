// NodePort, NodeVlan, NodeRoute: the network ports of the data plane and where packets go through them. Part of Node.
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

enum class RouterAdvertisements : uint8_t { kIgnore, kUse };
constexpr std::array<std::string_view, 2> names_of(RouterAdvertisements) {
  return {"ignore", "use"};
}

// How a link speaks IPv6. Of no matter where it has no IPv6 address.
struct Ipv6Config {
  RouterAdvertisements router_advertisements = RouterAdvertisements::kIgnore;
  bool duplicate_address_detection = true;

  bool uses_routers() const { return router_advertisements == RouterAdvertisements::kUse; }

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("router_advertisements", s.router_advertisements,
          {.help = "use: routers that advertise themselves are default routers"});
    visit("duplicate_address_detection", s.duplicate_address_detection,
          {.help = "ask the link for a second at start whether another machine has our addresses"});
  }
};

// A VLAN of a port, besides the port's own: a network with addresses of its own.
struct NodeVlan {
  static constexpr std::string_view kEntityType = "vlan";

  uint16_t id = 1;
  std::vector<InterfaceAddress> addresses;
  Ipv6Config ipv6;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "802.1Q tag", .required = true, .least = 1, .most = 4094});
    visit("addresses", s.addresses,
          {.help = "own addresses in it, each with its prefix length", .required = true, .not_empty = true});
    visit("ipv6", s.ipv6, {.help = "how IPv6 is spoken in it"});
  }
};

struct NodePort {
  static constexpr std::string_view kEntityType = "port";

  std::string name;
  std::string device;  // a PCI address, or a virtual device with its arguments: "net_af_packet0,iface=veth1"
  std::vector<InterfaceAddress> addresses;
  std::optional<MacAddress> mac;  // none: the device's
  std::optional<uint16_t> vlan;   // 802.1Q tag of the addresses above; none: untagged
  std::vector<NodeVlan> vlans;    // further VLANs
  Ipv6Config ipv6;
  std::optional<std::string> exception_interface;  // none: what is not ours is dropped
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
    visit("vlan", s.vlan,
          {.help = "802.1Q tag of these addresses; untagged where not given", .least = 1, .most = 4094});
    visit("vlans", s.vlans, {.help = "further VLANs of the port"});
    visit("ipv6", s.ipv6, {.help = "how IPv6 is spoken"});
    visit("exception_interface", s.exception_interface,
          {.help = "a kernel interface (TAP) to make, which gets what is not Sluice's; dropped where not given",
           .text = TextKind::kInterface});
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
  IpAddress via;                    // on the link of one of the ports
  std::optional<std::string> port;  // whose link that is: needed where `via` is link-local
  std::optional<uint16_t> vlan;     // of that port; none: its own
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("prefix", s.prefix, {.help = "destinations", .required = true});
    visit("via", s.via, {.help = "next hop, on the link of a port", .required = true});
    visit("port", s.port, {.help = "the port whose link that is; needed where via is link-local"});
    visit("vlan", s.vlan, {.help = "a VLAN of that port, where it is not the port's own", .least = 1, .most = 4094});
  }
};

}  // namespace sluice::policy
