// How the authorization servers that are asked about tokens are doing, as GET /status and /metrics show it.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "introspect/introspector.h"
#include "metrics/prometheus.h"

namespace sluice::control {

nlohmann::json introspection_servers_json(const Introspector& introspector);

// introspection_server{server, what}: requests, shared questions, answers, failures, busy ones; those under way and
// waiting now.
void add_introspection_gauges(const Introspector& introspector, std::vector<Gauge>& gauges);

}  // namespace sluice::control
