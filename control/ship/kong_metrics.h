// KongMetrics: what Kong's prometheus plugin exports, counted from the records of requests that run one.
//
// Used by the shipper's thread; text() by any.
#pragma once

#include <prometheus/metric_family.h>

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "ship/access_facts.h"
#include "sluice/policy/plugins/prometheus.h"

namespace sluice::control {

class KongMetrics {
 public:
  // Counts a request as the plugin that it ran says.
  void observe(const AccessFacts& facts, const policy::PrometheusConfig& config);

  // In Prometheus's text format; empty before the first request.
  std::string text() const;

 private:
  // Series of one metric; a policy, not a client, decides how many there are, and yet they are bounded.
  static constexpr size_t kMostSeries = 100'000;

  using Labels = std::vector<std::string>;
  struct Buckets {
    std::vector<uint64_t> counts;  // one a bound, and one beyond
    double sum_ms = 0;
  };
  template <typename Value>
  using Series = std::map<Labels, Value>;

  template <typename Value>
  Value* series(Series<Value>& all, Labels labels);
  void count_latency(Series<Buckets>& all, const Labels& labels, std::span<const double> bounds_ms, Duration time);

  std::vector<prometheus::MetricFamily> families() const;

  mutable std::mutex mutex_;
  Series<uint64_t> requests_;   // service, route, code, source, consumer
  Series<uint64_t> bandwidth_;  // service, route, direction, consumer
  Series<Buckets> kong_;        // service, route; the next two too
  Series<Buckets> upstream_;
  Series<Buckets> request_;
  uint64_t errors_ = 0;  // not counted, for there were too many series
};

}  // namespace sluice::control
