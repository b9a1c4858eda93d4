#include "ship/kong_metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

namespace sluice::control {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double kKongBounds_ms[] = {1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000, 3000, 6000};
constexpr double kRequestBounds_ms[] = {25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10000, 30000, 60000};

std::string route_name(const AccessFacts& facts) {
  return facts.route->name.value_or(facts.route->id.to_string());
}

std::string service_name(const AccessFacts& facts) {
  if (facts.service == nullptr) return {};
  return facts.service->name.value_or(facts.service->host);
}

std::string consumer_name(const AccessFacts& facts, const policy::PrometheusConfig& config) {
  if (!config.per_consumer || facts.consumer == nullptr) return {};
  return facts.consumer->username.value_or("");
}

using LabelNames = std::vector<const char*>;

// names: in Kong's order. "workspace" is the one that there is, `values` are of the others.
ClientMetric metric_with(const LabelNames& names, const std::vector<std::string>& values) {
  ClientMetric metric;
  auto value = values.begin();
  for (const char* name : names) {
    const bool workspace = std::string_view(name) == "workspace";
    metric.label.push_back({name, workspace ? "default" : *value++});
  }
  return metric;
}

MetricFamily family_of(const char* name, const char* help, MetricType type) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

MetricFamily counters(const char* name, const char* help, const LabelNames& names,
                      const std::map<std::vector<std::string>, uint64_t>& series) {
  MetricFamily family = family_of(name, help, MetricType::Counter);
  for (const auto& [labels, value] : series) {
    ClientMetric metric = metric_with(names, labels);
    metric.counter.value = static_cast<double>(value);
    family.metric.push_back(std::move(metric));
  }
  return family;
}

template <typename Series>
MetricFamily histograms(const char* name, const char* help, std::span<const double> bounds_ms, const Series& series) {
  MetricFamily family = family_of(name, help, MetricType::Histogram);
  for (const auto& [labels, buckets] : series) {
    ClientMetric metric = metric_with({"service", "route", "workspace"}, labels);
    uint64_t cumulative = 0;
    for (size_t i = 0; i < bounds_ms.size(); ++i) {
      cumulative += buckets.counts[i];
      metric.histogram.bucket.push_back({cumulative, bounds_ms[i]});
    }
    metric.histogram.sample_count = cumulative + buckets.counts.back();
    metric.histogram.sample_sum = buckets.sum_ms;
    family.metric.push_back(std::move(metric));
  }
  return family;
}

}  // namespace

template <typename Value>
Value* KongMetrics::series(Series<Value>& all, Labels labels) {
  const auto found = all.find(labels);
  if (found != all.end()) return &found->second;
  if (all.size() >= kMostSeries) {
    ++errors_;
    return nullptr;
  }
  return &all.emplace(std::move(labels), Value()).first->second;
}

void KongMetrics::count_latency(Series<Buckets>& all, const Labels& labels, std::span<const double> bounds_ms,
                                Duration time) {
  Buckets* buckets = series(all, labels);
  if (buckets == nullptr) return;
  if (buckets->counts.empty()) buckets->counts.resize(bounds_ms.size() + 1);
  const double time_ms = static_cast<double>(time.us()) / 1e3;
  const auto bound = std::ranges::lower_bound(bounds_ms, time_ms);
  ++buckets->counts[static_cast<size_t>(bound - bounds_ms.begin())];
  buckets->sum_ms += time_ms;
}

void KongMetrics::observe(const AccessFacts& facts, const policy::PrometheusConfig& config) {
  // As with Kong, a request that took no route is in none of them.
  if (facts.route == nullptr) return;
  const std::lock_guard lock(mutex_);
  const AccessRecord& r = facts.record;
  const std::string service = service_name(facts);
  const std::string route = route_name(facts);
  const std::string consumer = consumer_name(facts, config);
  if (config.status_code_metrics) {
    const char* source = facts.from_origin() ? "service" : "kong";
    if (auto* n = series(requests_, {service, route, std::to_string(r.status), source, consumer})) ++*n;
  }
  if (config.bandwidth_metrics) {
    if (auto* n = series(bandwidth_, {service, route, "ingress", consumer})) *n += r.request_bytes;
    if (auto* n = series(bandwidth_, {service, route, "egress", consumer})) *n += r.response_bytes;
  }
  if (config.latency_metrics) {
    const Labels labels = {service, route};
    count_latency(request_, labels, kRequestBounds_ms, r.total_time);
    count_latency(kong_, labels, kKongBounds_ms, r.own_time);
    if (r.proxied) count_latency(upstream_, labels, kRequestBounds_ms, r.waiting_time);
  }
}

std::string KongMetrics::text() const {
  const std::vector<MetricFamily> copy = families();
  return copy.empty() ? std::string() : prometheus::TextSerializer().Serialize(copy);
}

// Apart from the printing, which takes longer: meanwhile the shipper would wait.
std::vector<MetricFamily> KongMetrics::families() const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricFamily> families = {
      counters("kong_http_requests_total", "HTTP status codes per consumer/service/route",
               {"service", "route", "code", "source", "workspace", "consumer"}, requests_),
      counters("kong_bandwidth_bytes", "bytes of requests and answers",
               {"service", "route", "direction", "workspace", "consumer"}, bandwidth_),
      histograms("kong_kong_latency_ms", "time spent here", kKongBounds_ms, kong_),
      histograms("kong_upstream_latency_ms", "waiting for the origin's answer", kRequestBounds_ms, upstream_),
      histograms("kong_request_latency_ms", "whole requests", kRequestBounds_ms, request_)};
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
  if (families.empty()) return {};
  MetricFamily errors =
      family_of("kong_nginx_metric_errors_total", "values not counted: too many series", MetricType::Counter);
  errors.metric.emplace_back().counter.value = static_cast<double>(errors_);
  families.push_back(std::move(errors));
  return families;
}

}  // namespace sluice::control
