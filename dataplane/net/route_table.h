// RouteTable: which port and which next hop a destination is reached through. Longest prefix first (RFC 1812 5.2.4.3).
//
// Built once from the ports' own prefixes and the static routes; a few dozen at most, so it is a sorted list.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "net/config.h"

namespace sluice::net {

struct Hop {
  PortIndex port;
  IpAddress next_hop;  // on the port's link: the destination itself or a router
  IpAddress source;    // the address of ours that the next hop knows as its neighbour
};

class RouteTable {
 public:
  // A route whose next hop is on no port's link leads nowhere: control refuses it with file and line beforehand.
  explicit RouteTable(const Config& config);

  std::optional<Hop> find(const IpAddress& destination) const;

 private:
  struct Route {
    Cidr prefix;
    IpAddress via;  // unspecified: on the link
    PortIndex port;
    IpAddress source;
  };
  void add(const Route& route);

  std::vector<Route> routes_;  // longest prefix first
};

}  // namespace sluice::net
