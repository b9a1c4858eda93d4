// How the stores of shared rate limits are doing, as GET /status and /metrics show it.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "leases/lease_keeper.h"
#include "metrics/prometheus.h"

namespace sluice::control {

nlohmann::json rate_stores_json(const LeaseKeeper& leases);

// rate_store_ready{store}: 1 or 0; rate_store{store, what}: questions, leased and returned tokens, failures.
void add_rate_store_gauges(const LeaseKeeper& leases, std::vector<Gauge>& gauges);

}  // namespace sluice::control
