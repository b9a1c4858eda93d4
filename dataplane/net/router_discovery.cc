#include "net/router_discovery.h"

#include <algorithm>

#include "net/ipv6_addresses.h"
#include "wire/icmpv6.h"

namespace sluice::net {

namespace {

constexpr Duration kSolicitInterval = Duration::seconds(4);  // RFC 4861 10
constexpr unsigned kMaxSolicitations = 3;                    // RFC 4861 10
constexpr Duration kRefreshInterval = Duration::seconds(10);

using What = AddressNotice::What;

}  // namespace

RouterDiscovery::RouterDiscovery(WorkerContext& context, const Config& config, const LocalAddresses& local,
                                 RouteTable& routes, NeighbourSync& sync)
    : context_(context),
      config_(config),
      local_(local),
      routes_(routes),
      sync_(sync),
      solicit_timer_([](void* self) { static_cast<RouterDiscovery*>(self)->send_solicitations(); }, this),
      refresh_timer_([](void* self) { static_cast<RouterDiscovery*>(self)->refresh(); }, this),
      answered_(config.links.size()) {}

void RouterDiscovery::solicit(DiscoveryOutput& output) {
  output_ = &output;
  send_solicitations();
}

void RouterDiscovery::send_solicitations() {
  bool wanted = false;
  for (uint16_t i = 0; i < config_.links.size(); ++i) {
    const LinkIndex link{i};
    if (answered_[i]) continue;
    const auto source = config_[link].ipv6.uses_routers() ? local_.source_for(link, kAllRouters) : std::nullopt;
    if (!source) continue;
    wanted = true;
    const wire::IpPair ends{*source, kAllRouters};
    output_->send(link, group_mac(kAllRouters), ends, wire::IcmpV6Header::kBytes,
                  [&](std::span<std::byte> out) { wire::emit_router_solicitation(ends, out); });
  }
  if (wanted && ++solicitations_ < kMaxSolicitations) {
    context_.timers.schedule(solicit_timer_, context_.now() + kSolicitInterval);
  }
}

void RouterDiscovery::on_router(const NeighbourKey& router, Duration lifetime) {
  if (lifetime > Duration{}) answered_[router.link.value] = true;
  auto place = std::find_if(routers_.begin(), routers_.end(), [&](const Router& r) { return r.address == router; });
  if (place == routers_.end() && lifetime > Duration{}) {
    place = std::find_if(routers_.begin(), routers_.end(), [](const Router& r) { return r.until == Instant{}; });
  }
  if (place == routers_.end()) return context_.count(Counter::kNetNdIgnored);
  *place = {router, context_.now() + lifetime};
  refresh();
}

void RouterDiscovery::on_host(const NeighbourKey& neighbour) {
  const auto is_it = [&](const Router& r) { return r.address == neighbour; };
  if (std::any_of(routers_.begin(), routers_.end(), is_it)) on_router(neighbour, Duration{});
}

// Repeated, so that a notice that a full ring lost is made good. A router whose time is over is gone at once (RFC 4861
// 6.3.5).
void RouterDiscovery::refresh() {
  bool any = false;
  Instant next = context_.now() + kRefreshInterval;
  for (Router& router : routers_) {
    if (router.until == Instant{}) continue;
    const bool gone = router.until <= context_.now();
    if (gone) {
      routes_.remove_router(router.address);
    } else {
      routes_.add_router(router.address);
    }
    sync_.publish(AddressNotice{gone ? What::kRouterGone : What::kRouter, router.address});
    if (gone) {
      router = {};
      continue;
    }
    any = true;
    next = std::min(next, router.until);
  }
  if (any) context_.timers.schedule(refresh_timer_, next);
}

}  // namespace sluice::net
