// How the targets of upstreams are doing, as GET /upstreams/{upstream}/health and /metrics show it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "exchange/inquiry.h"
#include "metrics/prometheus.h"
#include "sluice/units.h"

namespace sluice::control {

// Kong's body. A target's name stands for its addresses, which Sluice counts together.
nlohmann::json to_kong_json(const exchange::UpstreamHealth& health, WallTime loaded_at);

// upstream_target_health{upstream, target, state}: 1 for the state that a target is in.
void add_health_gauges(const std::vector<exchange::UpstreamHealth>& upstreams, std::vector<Gauge>& gauges);

// kong_upstream_target_health, where a prometheus plugin asks for it; else empty.
std::string kong_health_text(const policy::Policy& policy, const std::vector<exchange::UpstreamHealth>& upstreams);

}  // namespace sluice::control
