// How the targets of upstreams are doing, as GET /upstreams/{upstream}/health and /metrics show it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "exchange/inquiry.h"
#include "metrics/prometheus.h"
#include "sluice/resolution.h"
#include "sluice/units.h"

namespace sluice::control {

// Kong's body. A target's name stands for its addresses, which are healthy or not together and share its weight.
nlohmann::json to_kong_json(const exchange::UpstreamHealth& health, const AddressBook& addresses, WallTime loaded_at);

// What Kong answers with ?balancer_health=1: whether the upstream as a whole may be used.
nlohmann::json balancer_json(const exchange::UpstreamHealth& health, const AddressBook& addresses);

// upstream_target_health{upstream, target, state}: 1 for the state that a target is in.
void add_health_gauges(const std::vector<exchange::UpstreamHealth>& upstreams, std::vector<Gauge>& gauges);

// kong_upstream_target_health of each address, where a prometheus plugin asks for it; else empty.
std::string kong_health_text(const policy::Policy& policy, const std::vector<exchange::UpstreamHealth>& upstreams,
                             const AddressBook& addresses);

}  // namespace sluice::control
