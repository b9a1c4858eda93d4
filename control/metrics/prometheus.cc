#include "metrics/prometheus.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace sluice::control {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::string_view kPrefix = "sluice_";

// Upper bounds in microseconds: the histogram's own 456 buckets are too many for a scrape.
constexpr uint64_t kExportedBounds_us[] = {50,     100,    250,     500,     1'000,   2'500,     5'000,     10'000,
                                           25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000};

struct MetricName {
  std::string family;
  std::vector<ClientMetric::Label> labels;
};

// Splits `name{a="x",b="y"}` of counters.def.
MetricName parse(std::string_view metric) {
  MetricName name;
  const size_t brace = metric.find('{');
  name.family = std::string(kPrefix) + std::string(metric.substr(0, brace));
  if (brace == std::string_view::npos) return name;
  std::string_view rest = metric.substr(brace + 1);
  while (true) {
    const size_t equals = rest.find("=\"");
    if (equals == std::string_view::npos) return name;
    const size_t quote = rest.find('"', equals + 2);
    name.labels.push_back(
        {std::string(rest.substr(0, equals)), std::string(rest.substr(equals + 2, quote - equals - 2))});
    rest.remove_prefix(std::min(rest.size(), quote + 2));
  }
}

ClientMetric::Label worker_label(size_t worker) {
  return {"worker", std::to_string(worker)};
}

void add_counters(std::map<std::string, MetricFamily>& families, const std::vector<WorkerMetrics>& workers) {
  for (size_t i = 0; i < kCounterInfo.size(); ++i) {
    const MetricName name = parse(kCounterInfo[i].metric);
    MetricFamily& family = families[name.family];
    family.name = name.family;
    family.type = MetricType::Counter;
    // Several lines of one family (drops by reason) have a help each; the family shows a common one.
    family.help =
        name.labels.empty() ? std::string(kCounterInfo[i].help) : "by reason; docs/counters.md says what each means";
    for (size_t worker = 0; worker < workers.size(); ++worker) {
      ClientMetric metric;
      metric.label = name.labels;
      metric.label.push_back(worker_label(worker));
      metric.counter.value = static_cast<double>(workers[worker].counters->get(static_cast<Counter>(i)));
      family.metric.push_back(std::move(metric));
    }
  }
}

ClientMetric histogram_metric(const Histogram& histogram) {
  ClientMetric metric;
  uint64_t cumulative = 0;
  size_t next = 0;
  for (const uint64_t bound : kExportedBounds_us) {
    for (; next < Histogram::kBuckets && Histogram::upper_us(next) <= bound; ++next)
      cumulative += histogram.bucket(next);
    metric.histogram.bucket.push_back({cumulative, static_cast<double>(bound) / 1e6});
  }
  for (; next < Histogram::kBuckets; ++next) cumulative += histogram.bucket(next);
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = static_cast<double>(histogram.sum_us()) / 1e6;
  return metric;
}

void add_latencies(std::map<std::string, MetricFamily>& families, const std::vector<WorkerMetrics>& workers) {
  const std::string name = std::string(kPrefix) + "request_seconds";
  MetricFamily& family = families[name];
  family.name = name;
  family.type = MetricType::Histogram;
  family.help = "time of requests, by stage";
  for (size_t worker = 0; worker < workers.size(); ++worker) {
    const Latencies& l = *workers[worker].latencies;
    const std::pair<const char*, const Histogram*> stages[] = {
        {"edge", &l.edge}, {"gateway", &l.gateway}, {"upstream", &l.upstream}, {"total", &l.total}};
    for (const auto& [stage, histogram] : stages) {
      ClientMetric metric = histogram_metric(*histogram);
      metric.label = {{"stage", stage}, worker_label(worker)};
      family.metric.push_back(std::move(metric));
    }
  }
}

void add_gauges(std::map<std::string, MetricFamily>& families, const std::vector<Gauge>& gauges) {
  for (const Gauge& gauge : gauges) {
    const std::string name = std::string(kPrefix) + gauge.name;
    MetricFamily& family = families[name];
    family.name = name;
    family.type = MetricType::Gauge;
    family.help = gauge.help;
    ClientMetric metric;
    for (const auto& [key, value] : gauge.labels) metric.label.push_back({key, value});
    metric.gauge.value = gauge.value;
    family.metric.push_back(std::move(metric));
  }
}

}  // namespace

std::string prometheus_text(const std::vector<WorkerMetrics>& workers, const std::vector<Gauge>& gauges) {
  std::map<std::string, MetricFamily> families;
  add_counters(families, workers);
  add_latencies(families, workers);
  add_gauges(families, gauges);
  std::vector<MetricFamily> ordered;
  ordered.reserve(families.size());
  for (auto& [name, family] : families) ordered.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(ordered);
}

}  // namespace sluice::control
