// How the sinks of logging plugins are doing, as GET /status and /metrics show it.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "metrics/prometheus.h"
#include "ship/shipper.h"

namespace sluice::control {

nlohmann::json sinks_json(const Shipper& shipper);

// log_plugin_records{plugin, id, state}: sent, lost and waiting; log_plugin_strays.
void add_sink_gauges(const Shipper& shipper, std::vector<Gauge>& gauges);

}  // namespace sluice::control
