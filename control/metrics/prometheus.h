// The Prometheus text of all workers' counters and latency histograms.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sluice/counters.h"
#include "sluice/histogram.h"

namespace sluice::control {

// What one worker exports. Both live as long as the worker.
struct WorkerMetrics {
  const Counters* counters;
  const Latencies* latencies;
};

// A value that control itself knows: a generation, connections in use, log records lost.
struct Gauge {
  std::string name;  // without the prefix "sluice_"
  std::string help;
  double value;
  std::vector<std::pair<std::string, std::string>> labels;
};

// Each counter of counters.def with a label `worker`; latencies as histograms in seconds.
std::string prometheus_text(const std::vector<WorkerMetrics>& workers, const std::vector<Gauge>& gauges);

}  // namespace sluice::control
