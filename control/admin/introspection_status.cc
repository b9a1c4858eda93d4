#include "admin/introspection_status.h"

#include <array>
#include <map>
#include <string>
#include <utility>

namespace sluice::control {

namespace {

std::array<std::pair<const char*, uint64_t>, 7> counts_of(const IntrospectionServer& server) {
  const IntrospectionTotals& totals = server.totals();
  return {{{"requests", totals.asked},
           {"shared", totals.shared},
           {"answers", totals.answered},
           {"failures", totals.failed},
           {"busy", totals.busy},
           {"under_way", server.under_way()},
           {"waiting", server.waiting()}}};
}

}  // namespace

nlohmann::json introspection_servers_json(const Introspector& introspector) {
  nlohmann::json servers = nlohmann::json::array();
  for (const auto& server : introspector.servers()) {
    nlohmann::json one = {{"server", server->name()}, {"last_error", nullptr}};
    if (!server->last_error().empty()) one["last_error"] = server->last_error();
    for (const auto& [what, count] : counts_of(*server)) one[what] = count;
    servers.push_back(std::move(one));
  }
  return servers;
}

void add_introspection_gauges(const Introspector& introspector, std::vector<Gauge>& gauges) {
  // Servers whose URLs differ in what a name does not show are one series.
  std::map<std::pair<std::string, std::string>, uint64_t> sums;
  for (const auto& server : introspector.servers()) {
    for (const auto& [what, count] : counts_of(*server)) sums[{server->name(), what}] += count;
  }
  for (const auto& [labels, count] : sums) {
    gauges.push_back({"introspection_server",
                      "what was asked of an authorization server about tokens",
                      static_cast<double>(count),
                      {{"server", labels.first}, {"what", labels.second}}});
  }
}

}  // namespace sluice::control
