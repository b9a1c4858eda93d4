#include "config/node_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

#include "config/field_loader.h"

namespace sluice::config {

namespace {

using policy::Node;

// Calls `check` with each element of the list `key`, with diagnostics about that element.
template <typename T, typename Check>
void each(LoadContext& context, const YamlNode& root, std::string_view key, const std::vector<T>& values,
          const Check& check) {
  for (size_t i = 0; i < values.size(); ++i) {
    const YamlNode& item = *root.find(key)->items[i];
    const LoadContext::Scope scope(context, name_entity(T::kEntityType, item, fmt::format("{}[{}]", key, i)));
    RecordComplaints complaints(context, item);
    check(values[i], complaints);
  }
}

constexpr uint16_t kLeastIpv6Mtu = 1280;  // RFC 8200 5

bool is_link_local(const IpAddress& address) {
  return address.bytes()[0] == 0xfe && (address.bytes()[1] & 0xc0) == 0x80;
}

// RFC 1122 3.2.1.3: 0/8 is this host without a network, 127/8 never leaves one, 224/3 are groups and no hosts at all.
// RFC 4291 2.5.3, 2.7: the same of ::1 and ff00::/8.
bool is_of_one_host(const IpAddress& address) {
  if (address.is_v4()) {
    const uint32_t first = address.v4_host_order() >> 24;
    return first != 0 && first != 127 && first < 224;
  }
  std::array<uint8_t, 16> loopback{};
  loopback[15] = 1;
  return !address.is_unspecified() && address != IpAddress::v6(loopback) && address.bytes()[0] != 0xff;
}

// The address of the network itself (in IPv6 of all its routers, RFC 4291 2.6.1), or that of all its hosts. A link of
// two hosts and no more has neither (RFC 3021, RFC 6164).
bool is_of_the_network(const policy::InterfaceAddress& own) {
  if (own.prefix.length >= 127) return false;
  if (own.address == own.prefix.base) return true;
  if (!own.address.is_v4() || own.prefix.length < 96) return false;
  const uint32_t hosts = 0xffffffff >> (own.prefix.length - 96);
  return (own.address.v4_host_order() & hosts) == hosts;
}

// The networks that the ports are on, and our addresses in them.
class Links {
 public:
  void add_port(const policy::NodePort& port, RecordComplaints& complaints) {
    if (!names_.insert(port.name).second) complaints.field("name", "another port has this name");
    if (!devices_.insert(port.device).second) complaints.field("device", "another port has this device");
    if (port.exception_interface && !interfaces_.insert(*port.exception_interface).second) {
      complaints.field("exception_interface", "another port has this interface");
    }
    add(port, port.vlan, port.addresses, "addresses", complaints);
    for (size_t i = 0; i < port.vlans.size(); ++i) {
      const policy::NodeVlan& vlan = port.vlans[i];
      if (find(port.name, vlan.id) != nullptr) {
        complaints.field(fmt::format("vlans[{}].id", i), "the port has this VLAN already");
      }
      add(port, vlan.id, vlan.addresses, fmt::format("vlans[{}].addresses", i), complaints);
    }
  }

  void check_route(const policy::NodeRoute& route, RecordComplaints& complaints) const {
    if (route.via.is_v4() != route.prefix.base.is_v4()) {
      return complaints.field("via", "expected an address of the same family as the prefix");
    }
    if (!is_of_one_host(route.via)) return complaints.field("via", "expected the address of one host");
    if (addresses_.contains(route.via)) return complaints.field("via", "expected the address of another machine");
    if (!route.port) {
      if (route.vlan) return complaints.field("vlan", "expected a port beside it");
      if (is_link_local(route.via)) return complaints.field("via", "a link-local address needs the port beside it");
      if (!on_any_link(route.via)) complaints.field("via", "expected an address on the link of a port");
      return;
    }
    const Link* link = find(*route.port, route.vlan);
    if (link == nullptr) return complaints.field("port", "expected the name of a port, or of a port with this VLAN");
    if (!link->has(route.via)) complaints.field("via", "expected an address on the link of this port");
  }

  bool owns(const IpAddress& address) const { return addresses_.contains(address); }

 private:
  struct Link {
    std::string port;
    std::optional<uint16_t> vlan;
    bool is_ports_own;
    const std::vector<policy::InterfaceAddress>& addresses;

    bool has(const IpAddress& hop) const {
      return std::any_of(addresses.begin(), addresses.end(), [&](const policy::InterfaceAddress& own) {
        return own.prefix.contains(hop) || (is_link_local(hop) && !own.address.is_v4());
      });
    }
  };

  void add(const policy::NodePort& port, std::optional<uint16_t> vlan,
           const std::vector<policy::InterfaceAddress>& addresses, const std::string& where,
           RecordComplaints& complaints) {
    links_.push_back({port.name, vlan, &addresses == &port.addresses, addresses});
    for (size_t i = 0; i < addresses.size(); ++i) {
      const IpAddress& address = addresses[i].address;
      const auto complain = [&](const char* what) { complaints.field(fmt::format("{}[{}]", where, i), what); };
      if (!is_of_one_host(address)) complain("expected the address of one host on a network");
      if (is_of_the_network(addresses[i])) complain("this is the address of the network, or of all hosts in it");
      if (!address.is_v4() && port.mtu < kLeastIpv6Mtu) complain("IPv6 needs an mtu of at least 1280");
      if (!is_link_local(address) && !addresses_.insert(address).second) complain("this address is given twice");
    }
  }

  const Link* find(const std::string& port, std::optional<uint16_t> vlan) const {
    const auto it = std::find_if(links_.begin(), links_.end(), [&](const Link& link) {
      return link.port == port && (vlan ? link.vlan == vlan : link.is_ports_own);
    });
    return it == links_.end() ? nullptr : &*it;
  }

  bool on_any_link(const IpAddress& hop) const {
    return std::any_of(links_.begin(), links_.end(), [&](const Link& link) { return link.has(hop); });
  }

  std::set<std::string> names_;
  std::set<std::string> devices_;
  std::set<std::string> interfaces_;
  std::set<IpAddress> addresses_;
  std::vector<Link> links_;
};

// What no part of the file can say alone.
void check_node(LoadContext& context, const YamlNode& root, const Node& node) {
  Links links;
  each(context, root, "ports", node.ports,
       [&](const policy::NodePort& port, RecordComplaints& complaints) { links.add_port(port, complaints); });
  each(context, root, "routes", node.routes,
       [&](const policy::NodeRoute& route, RecordComplaints& complaints) { links.check_route(route, complaints); });

  std::set<Endpoint> endpoints;
  each(context, root, "listeners", node.listeners, [&](const policy::Listener& listener, RecordComplaints& complaints) {
    const bool any = listener.address.is_unspecified();
    if (!any && !links.owns(listener.address)) {
      complaints.field("address", "expected an address of a port, or 0.0.0.0 for all");
    }
    // Both families' unspecified address means all addresses of both.
    if (!endpoints.insert({any ? IpAddress() : listener.address, listener.port}).second) {
      complaints.field("port", "another listener has this address and port");
    }
  });
}

}  // namespace

LoadedNode load_node(std::string_view text) {
  LoadedNode loaded;
  const YamlTree tree(text, loaded.diagnostics, NumberForms::kDecimal);
  if (tree.root() == nullptr) return loaded;
  const References none;
  LoadContext context(loaded.diagnostics, none);
  if (tree.root()->kind != YamlKind::kMap) {
    context.error(tree.root()->mark, "expected an object", describe(*tree.root()));
    return loaded;
  }
  Node node;
  load_record(context, *tree.root(), node);
  if (loaded.diagnostics.ok()) check_node(context, *tree.root(), node);
  if (loaded.diagnostics.ok()) loaded.node = std::move(node);
  return loaded;
}

}  // namespace sluice::config
