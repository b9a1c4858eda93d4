// prometheus: Kong's metrics, by service, route and consumer. Kong 3.9.1's fields and defaults.
#pragma once

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

struct PrometheusConfig {
  static constexpr PluginInfo kPlugin{.name = "prometheus", .priority = 13, .protocols = kAllProtocols};

  bool per_consumer = false;
  bool status_code_metrics = false;
  bool ai_metrics = false;
  bool latency_metrics = false;
  bool bandwidth_metrics = false;
  bool upstream_health_metrics = false;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("per_consumer", s.per_consumer, {.help = "tell consumers apart"});
    visit("status_code_metrics", s.status_code_metrics, {.help = "kong_http_requests_total"});
    visit("ai_metrics", s.ai_metrics, {.help = "accepted for compatibility; there are none"});
    visit("latency_metrics", s.latency_metrics, {.help = "kong_kong_latency_ms and its like"});
    visit("bandwidth_metrics", s.bandwidth_metrics, {.help = "kong_bandwidth_bytes"});
    visit("upstream_health_metrics", s.upstream_health_metrics, {.help = "kong_upstream_target_health"});
  }
};

}  // namespace sluice::policy
