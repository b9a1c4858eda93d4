#include "net/route_table.h"

#include <algorithm>

namespace sluice::net {

RouteTable::RouteTable(const Config& config) {
  routers_.reserve(kMaxRouters);
  for (uint16_t i = 0; i < config.links.size(); ++i) {
    for (const policy::InterfaceAddress& own : config.links[i].addresses) {
      add({own.prefix, IpAddress(), LinkIndex{i}});
    }
  }
  const std::vector<Route> on_link = routes_;
  for (const StaticRoute& route : config.routes) {
    if (route.link) {
      add({route.prefix, route.via, *route.link});
      continue;
    }
    const auto link =
        std::find_if(on_link.begin(), on_link.end(), [&](const Route& r) { return r.prefix.contains(route.via); });
    if (link != on_link.end()) add({route.prefix, route.via, link->link});
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
    return Hop{route.link, route.via.is_unspecified() ? destination : route.via};
  }
  if (destination.is_v4() || routers_.empty()) return std::nullopt;
  return Hop{routers_.front().link, routers_.front().address};
}

void RouteTable::add_router(const NeighbourKey& router) {
  const bool known = std::find(routers_.begin(), routers_.end(), router) != routers_.end();
  if (!known && routers_.size() < kMaxRouters) routers_.push_back(router);
}

bool RouteTable::prefer_others(const NeighbourKey& neighbour) {
  const auto it = std::find(routers_.begin(), routers_.end(), neighbour);
  if (it == routers_.end()) return false;
  std::rotate(it, it + 1, routers_.end());
  return true;
}

}  // namespace sluice::net
