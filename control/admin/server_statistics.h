// What the workers have served, under the names that Kong has from nginx: /status, kong_nginx_* of /metrics.
//
// Of nginx's figures those that Sluice knows: it does not count connections that rest apart from those that send a
// head.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "admin/worker_view.h"

namespace sluice::control {

struct ServerStatistics {
  uint64_t accepted = 0;  // connections
  uint64_t handled = 0;   // of them, without those over a limit
  uint64_t active = 0;    // open
  uint64_t writing = 0;   // with a request in progress
  uint64_t requests = 0;  // that have ended
};

ServerStatistics statistics_of(const std::vector<WorkerView>& workers);

// `server` of GET /status.
nlohmann::json to_kong_json(const ServerStatistics& statistics);

// kong_node_info, kong_nginx_connections_total, kong_nginx_requests_total.
std::string kong_node_text(const ServerStatistics& statistics, const std::string& node_id, const std::string& version);

}  // namespace sluice::control
