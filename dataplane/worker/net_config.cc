#include "worker/net_config.h"

#include <algorithm>

#include "net/ipv6_addresses.h"

namespace sluice::worker {

namespace {

using policy::InterfaceAddress;

// further_vlan: the tag of a network beside the port's own.
std::vector<InterfaceAddress> with_link_local(std::vector<InterfaceAddress> addresses, const wire::MacAddress& mac,
                                              std::optional<uint16_t> further_vlan = std::nullopt) {
  const auto is_ipv6 = [](const InterfaceAddress& own) { return !own.address.is_v4(); };
  const auto is_local = [](const InterfaceAddress& own) { return net::is_link_local(own.address); };
  if (std::none_of(addresses.begin(), addresses.end(), is_ipv6)) return addresses;
  if (std::any_of(addresses.begin(), addresses.end(), is_local)) return addresses;
  const IpAddress own = net::link_local_of(mac, further_vlan);
  addresses.push_back({own, *Cidr::parse("fe80::/64")});
  return addresses;
}

std::optional<net::LinkIndex> link_of(const policy::Node& node, const net::Config& config,
                                      const policy::NodeRoute& route) {
  if (!route.port) return std::nullopt;
  for (uint16_t i = 0; i < config.links.size(); ++i) {
    const net::LinkConfig& link = config.links[i];
    const policy::NodePort& port = node.ports[link.port.value];
    if (port.name == *route.port && link.vlan == (route.vlan ? route.vlan : port.vlan)) return net::LinkIndex{i};
  }
  return std::nullopt;
}

}  // namespace

net::Config net_config(const policy::Node& node, const std::vector<std::unique_ptr<port::Port>>& ports) {
  net::Config config;
  for (uint8_t i = 0; i < ports.size(); ++i) {
    const policy::NodePort& port = node.ports[i];
    const port::Port::Facts& facts = ports[i]->facts();
    const wire::MacAddress mac{facts.mac.bytes};
    net::LinkConfig link{.port = PortIndex{i},
                         .mac = mac,
                         .vlan = port.vlan,
                         .mtu = port.mtu,
                         .addresses = with_link_local(port.addresses, mac),
                         .ipv6 = port.ipv6,
                         .offloads = facts.offloads};
    config.links.push_back(link);
    for (const policy::NodeVlan& vlan : port.vlans) {
      link.vlan = vlan.id;
      link.addresses = with_link_local(vlan.addresses, mac, vlan.id);
      link.ipv6 = vlan.ipv6;
      config.links.push_back(link);
    }
  }
  for (const policy::NodeRoute& route : node.routes) {
    config.routes.push_back({route.prefix, route.via, link_of(node, config, route)});
  }
  return config;
}

}  // namespace sluice::worker
