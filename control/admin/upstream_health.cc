#include "admin/upstream_health.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace sluice::control {

namespace {

using nlohmann::json;

constexpr std::array<const char*, 3> kStates = {"healthchecks_off", "healthy", "unhealthy"};

size_t state_of(const exchange::TargetHealth& target) {
  if (!target.watched) return 0;
  return target.healthy ? 1 : 2;
}

const char* kong_state(const exchange::TargetHealth& target) {
  static constexpr std::array<const char*, 3> kKongStates = {"HEALTHCHECKS_OFF", "HEALTHY", "UNHEALTHY"};
  return kKongStates[state_of(target)];
}

json balancer_data(const exchange::TargetHealth& health) {
  const policy::Target& target = *health.target;
  const uint16_t available = health.healthy ? target.weight : uint16_t{0};
  return {{"host", target.target.host},
          {"port", target.target.port.value},
          {"nodeWeight", target.weight},
          {"weight", {{"total", target.weight}, {"available", available}, {"unavailable", target.weight - available}}},
          {"addresses", json::array({{{"ip", target.target.host},
                                      {"port", target.target.port.value},
                                      {"weight", target.weight},
                                      {"health", kong_state(health)}}})}};
}

}  // namespace

json to_kong_json(const exchange::UpstreamHealth& health, WallTime loaded_at) {
  json targets = json::array();
  const double created_at = static_cast<double>(loaded_at.milliseconds()) / 1e3;
  for (const exchange::TargetHealth& target : health.targets) {
    const std::vector<std::string>& tags = target.target->tags;
    targets.push_back({{"id", target.target->id.to_string()},
                       {"target", target.target->target.text()},
                       {"weight", target.target->weight},
                       {"tags", tags.empty() ? json(nullptr) : json(tags)},
                       {"upstream", {{"id", health.upstream->id.to_string()}}},
                       {"health", kong_state(target)},
                       {"data", balancer_data(target)},
                       {"created_at", created_at},
                       {"updated_at", created_at}});
  }
  return {{"data", targets}, {"next", nullptr}};
}

void add_health_gauges(const std::vector<exchange::UpstreamHealth>& upstreams, std::vector<Gauge>& gauges) {
  for (const exchange::UpstreamHealth& upstream : upstreams) {
    for (const exchange::TargetHealth& target : upstream.targets) {
      for (size_t state = 0; state < kStates.size(); ++state) {
        gauges.push_back({"upstream_target_health",
                          "1 for the state that a target is in",
                          state == state_of(target) ? 1.0 : 0.0,
                          {{"upstream", upstream.upstream->name},
                           {"target", target.target->target.text()},
                           {"state", kStates[state]}}});
      }
    }
  }
}

std::string kong_health_text(const policy::Policy& policy, const std::vector<exchange::UpstreamHealth>& upstreams) {
  const auto asks = [](const policy::Plugin& plugin) {
    const auto* config = std::get_if<policy::PrometheusConfig>(&plugin.config);
    return plugin.enabled && config != nullptr && config->upstream_health_metrics;
  };
  if (std::ranges::none_of(policy.plugins, asks)) return {};
  prometheus::MetricFamily family;
  family.name = "kong_upstream_target_health";
  family.help = "1 for the state that a target is in";
  family.type = prometheus::MetricType::Gauge;
  for (const exchange::UpstreamHealth& upstream : upstreams) {
    for (const exchange::TargetHealth& target : upstream.targets) {
      const std::string address = target.target->target.text();
      for (size_t state = 0; state < kStates.size(); ++state) {
        prometheus::ClientMetric metric;
        metric.label = {{"upstream", upstream.upstream->name},
                        {"target", address},
                        {"address", address},
                        {"state", kStates[state]},
                        {"subsystem", "http"}};
        metric.gauge.value = state == state_of(target) ? 1 : 0;
        family.metric.push_back(std::move(metric));
      }
    }
  }
  return prometheus::TextSerializer().Serialize({family});
}

}  // namespace sluice::control
