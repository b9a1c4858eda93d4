// One worker, as the admin API shows it.
#pragma once

#include "metrics/prometheus.h"
#include "sluice/worker_mailbox.h"

namespace sluice::control {

struct WorkerView {
  WorkerMetrics metrics;
  const WorkerMailbox* mailbox;
};

}  // namespace sluice::control
