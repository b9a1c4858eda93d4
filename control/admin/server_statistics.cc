#include "admin/server_statistics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <utility>

namespace sluice::control {

namespace {

using prometheus::MetricFamily;
using Labels = std::vector<prometheus::ClientMetric::Label>;

MetricFamily gauge(const char* name, const char* help) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = prometheus::MetricType::Gauge;
  return family;
}

void add(MetricFamily& family, Labels labels, uint64_t value) {
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  metric.label = std::move(labels);
  metric.gauge.value = static_cast<double>(value);
}

}  // namespace

ServerStatistics statistics_of(const std::vector<WorkerView>& workers) {
  ServerStatistics sum;
  for (const WorkerView& worker : workers) {
    const Counters& counters = *worker.metrics.counters;
    const uint64_t accepted = counters.get(Counter::kTcpAccepts);
    const uint64_t over_limit = counters.get(Counter::kHttpSourceLimit) + counters.get(Counter::kHttpConnectionLimit);
    sum.accepted += accepted;
    sum.handled += accepted - std::min(accepted, over_limit);
    sum.active += worker.mailbox->connections.load(std::memory_order_relaxed);
    sum.writing += worker.mailbox->exchanges.load(std::memory_order_relaxed);
    sum.requests += worker.metrics.latencies->total.count();
  }
  return sum;
}

nlohmann::json to_kong_json(const ServerStatistics& statistics) {
  return {{"connections_accepted", statistics.accepted},
          {"connections_handled", statistics.handled},
          {"connections_active", statistics.active},
          {"connections_writing", statistics.writing},
          {"total_requests", statistics.requests}};
}

std::string kong_node_text(const ServerStatistics& statistics, const std::string& node_id, const std::string& version) {
  MetricFamily info = gauge("kong_node_info", "this process");
  add(info, {{"node_id", node_id}, {"version", version}}, 1);
  MetricFamily connections = gauge("kong_nginx_connections_total", "client connections");
  const std::pair<const char*, uint64_t> states[] = {{"accepted", statistics.accepted},
                                                     {"handled", statistics.handled},
                                                     {"total", statistics.requests},
                                                     {"active", statistics.active},
                                                     {"writing", statistics.writing}};
  for (const auto& [state, value] : states) {
    add(connections, {{"node_id", node_id}, {"subsystem", "http"}, {"state", state}}, value);
  }
  MetricFamily requests = gauge("kong_nginx_requests_total", "requests that have ended");
  add(requests, {{"node_id", node_id}, {"subsystem", "http"}}, statistics.requests);
  return prometheus::TextSerializer().Serialize({info, connections, requests});
}

}  // namespace sluice::control
