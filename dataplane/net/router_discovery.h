// RouterDiscovery: the routers that advertise themselves on links where node.yaml lets them (RFC 4861 6). Of all that
// an advertisement says, only that its sender is a default router is used: addresses and MTU are the operator's.
//
// Works on worker 0 alone, which tells the others. Asks for routers at start.
#pragma once

#include <array>
#include <vector>

#include "base/worker_context.h"
#include "net/config.h"
#include "net/discovery_output.h"
#include "net/local_addresses.h"
#include "net/route_table.h"
#include "sluice/units.h"

namespace sluice::net {

class RouterDiscovery {
 public:
  RouterDiscovery(WorkerContext& context, const Config& config, const LocalAddresses& local, RouteTable& routes,
                  NeighbourSync& sync);

  // Asks for routers: at most three times, four seconds apart, on each link until one there has answered (RFC 4861
  // 6.3.7).
  void solicit(DiscoveryOutput& output);

  // A router is one for `lifetime` from now on; 0: no longer. Beyond RouteTable::kMaxRouters it is counted and ignored.
  void on_router(const NeighbourKey& router, Duration lifetime);

  // A neighbour says that it is no router: none any longer, if it was one (RFC 4861 7.2.5).
  void on_host(const NeighbourKey& neighbour);

 private:
  struct Router {
    NeighbourKey address;
    Instant until{};  // Instant{}: no router
  };

  void send_solicitations();
  void refresh();

  WorkerContext& context_;
  const Config& config_;
  const LocalAddresses& local_;
  RouteTable& routes_;
  NeighbourSync& sync_;
  DiscoveryOutput* output_ = nullptr;
  Timer solicit_timer_;
  Timer refresh_timer_;
  unsigned solicitations_ = 0;
  std::vector<bool> answered_;  // by LinkIndex
  std::array<Router, RouteTable::kMaxRouters> routers_{};
};

}  // namespace sluice::net
