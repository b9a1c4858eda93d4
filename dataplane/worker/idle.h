// Idle: what a worker does after a turn that found nothing (node.yaml workers.idle).
#pragma once

#include "sluice/policy/node.h"
#include "sluice/units.h"

namespace sluice::worker {

class Idle {
 public:
  explicit Idle(const policy::WorkersConfig& config) : how_(config.idle), max_sleep_(config.max_sleep) {}

  // Once on the worker's thread: lets short sleeps be short.
  void prepare_thread() const;
  // After a turn; `wakeup` is a moment not after the next timer.
  void after_turn(bool found_work, Instant now, Instant wakeup);
  // How long a worker that found nothing may sleep: never past the next timer.
  Duration longest_sleep(Instant now, Instant wakeup) const;

 private:
  // Turns without work before the first sleep: an answer that is on its way is met awake.
  static constexpr unsigned kTurnsBeforeSleep = 8;

  policy::Idle how_;
  Duration max_sleep_;
  unsigned idle_turns_ = 0;
};

}  // namespace sluice::worker
