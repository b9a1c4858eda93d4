#include "net/route_table.h"

#include <algorithm>

namespace sluice::net {

RouteTable::RouteTable(const Config& config) {
  for (size_t i = 0; i < config.ports.size(); ++i) {
    for (const policy::InterfaceAddress& own : config.ports[i].addresses) {
      routes_.push_back({own.prefix, IpAddress(), PortIndex{static_cast<uint8_t>(i)}, own.address});
    }
  }
  const std::vector<Route> on_link = routes_;
  for (const policy::NodeRoute& route : config.routes) {
    const auto link =
        std::find_if(on_link.begin(), on_link.end(), [&](const Route& r) { return r.prefix.contains(route.via); });
    if (link != on_link.end()) routes_.push_back({route.prefix, route.via, link->port, link->source});
  }
  std::stable_sort(routes_.begin(), routes_.end(),
                   [](const Route& a, const Route& b) { return a.prefix.length > b.prefix.length; });
}

std::optional<Hop> RouteTable::find(const IpAddress& destination) const {
  for (const Route& route : routes_) {
    if (!route.prefix.contains(destination)) continue;
    return Hop{route.port, route.via.is_unspecified() ? destination : route.via, route.source};
  }
  return std::nullopt;
}

}  // namespace sluice::net
