#include "net/route_table.h"

#include <algorithm>

namespace sluice::net {

RouteTable::RouteTable(const Config& config) {
  for (size_t i = 0; i < config.ports.size(); ++i) {
    for (const policy::InterfaceAddress& own : config.ports[i].addresses) {
      add({own.prefix, IpAddress(), PortIndex{static_cast<uint8_t>(i)}, own.address});
    }
  }
  const std::vector<Route> on_link = routes_;
  for (const policy::NodeRoute& route : config.routes) {
    const auto link =
        std::find_if(on_link.begin(), on_link.end(), [&](const Route& r) { return r.prefix.contains(route.via); });
    if (link != on_link.end()) add({route.prefix, route.via, link->port, link->source});
  }
}

// Of two routes to one prefix the earlier counts.
void RouteTable::add(const Route& route) {
  const auto longer = [](const Route& a, const Route& b) { return a.prefix.length > b.prefix.length; };
  routes_.insert(std::upper_bound(routes_.begin(), routes_.end(), route, longer), route);
}

std::optional<Hop> RouteTable::find(const IpAddress& destination) const {
  for (const Route& route : routes_) {
    if (!route.prefix.contains(destination)) continue;
    return Hop{route.port, route.via.is_unspecified() ? destination : route.via, route.source};
  }
  return std::nullopt;
}

}  // namespace sluice::net
