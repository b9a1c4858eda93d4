#include "config/node_loader.h"

#include <fmt/format.h>

#include <algorithm>
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

// What no part of the file can say alone.
void check_node(LoadContext& context, const YamlNode& root, const Node& node) {
  std::set<std::string> names;
  std::set<std::string> devices;
  std::set<IpAddress> addresses;
  each(context, root, "ports", node.ports, [&](const policy::NodePort& port, RecordComplaints& complaints) {
    if (!names.insert(port.name).second) complaints.field("name", "another port has this name");
    if (!devices.insert(port.device).second) complaints.field("device", "another port has this device");
    for (size_t i = 0; i < port.addresses.size(); ++i) {
      const bool fresh = addresses.insert(port.addresses[i].address).second;
      if (!fresh) complaints.field(fmt::format("addresses[{}]", i), "this address is given twice");
    }
  });

  const auto on_link = [&](const IpAddress& hop) {
    return std::any_of(node.ports.begin(), node.ports.end(), [&](const policy::NodePort& port) {
      return std::any_of(port.addresses.begin(), port.addresses.end(),
                         [&](const policy::InterfaceAddress& own) { return own.prefix.contains(hop); });
    });
  };
  each(context, root, "routes", node.routes, [&](const policy::NodeRoute& route, RecordComplaints& complaints) {
    if (!on_link(route.via)) complaints.field("via", "expected an address on the link of a port");
  });

  std::set<Endpoint> endpoints;
  each(context, root, "listeners", node.listeners, [&](const policy::Listener& listener, RecordComplaints& complaints) {
    if (!listener.address.is_unspecified() && !addresses.contains(listener.address)) {
      complaints.field("address", "expected an address of a port, or 0.0.0.0 for all");
    }
    if (!endpoints.insert({listener.address, listener.port}).second) {
      complaints.field("port", "another listener has this address and port");
    }
  });
}

}  // namespace

LoadedNode load_node(std::string_view text) {
  LoadedNode loaded;
  const YamlTree tree(text, loaded.diagnostics);
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
