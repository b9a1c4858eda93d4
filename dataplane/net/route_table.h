// RouteTable: which link and which next hop a destination is reached through. Longest prefix first (RFC 1812 5.2.4.3).
//
// Built once from the links' own prefixes and the static routes; a few dozen at most, so it is a sorted list. Where
// node.yaml lets router advertisements be used, the routers they name are a last resort for IPv6.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "net/config.h"
#include "net/neighbour_sync.h"

namespace sluice::net {

struct Hop {
  LinkIndex link;
  IpAddress next_hop;  // on the link: the destination itself or a router
};

class RouteTable {
 public:
  // Advertised routers that are remembered; more than one is for the case that the first goes.
  static constexpr size_t kMaxRouters = 4;

  // A route whose next hop is on no link leads nowhere: control refuses it with file and line beforehand.
  explicit RouteTable(const Config& config);

  std::optional<Hop> find(const IpAddress& destination) const;

  // A router has advertised itself; beyond kMaxRouters it is not remembered.
  void add_router(const NeighbourKey& router);
  void remove_router(const NeighbourKey& router) { std::erase(routers_, router); }
  // A neighbour does not answer: if it is such a router, each other goes before it, and the first of them is tried (RFC
  // 4861 6.3.6). Whether it is one.
  bool prefer_others(const NeighbourKey& neighbour);

 private:
  struct Route {
    Cidr prefix;
    IpAddress via;  // unspecified: on the link
    LinkIndex link;
  };
  void add(const Route& route);

  std::vector<Route> routes_;          // longest prefix first
  std::vector<NeighbourKey> routers_;  // the first is used; has room for kMaxRouters from the start
};

}  // namespace sluice::net
