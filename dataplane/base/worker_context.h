// WorkerContext: what every stateful thing on a worker is handed instead of reaching for a global.
//
// Owned by the worker (or by a test), outlives everything that holds a reference to it. Used by one thread.
#pragma once

#include "base/block_pool.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task_queue.h"
#include "base/timer_wheel.h"
#include "sluice/counters.h"
#include "sluice/units.h"

namespace sluice {

struct WorkerContext {
  WorkerId id;
  Clock& clock;
  Random& random;
  TimerWheel& timers;
  TaskQueue& tasks;
  BlockPool& blocks;
  Counters& counters;

  Instant now() const { return clock.now(); }
  void count(Counter c, uint64_t n = 1) const { counters.add(c, n); }
};

}  // namespace sluice
