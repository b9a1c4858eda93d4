#include "worker/idle.h"

#include <sched.h>
#include <sys/prctl.h>
#include <x86intrin.h>

#include <algorithm>
#include <ctime>

namespace sluice::worker {

void Idle::prepare_thread() const {
  // The kernel may otherwise lengthen each sleep by 50 us to batch wake-ups.
  if (how_ == policy::Idle::kSleep) prctl(PR_SET_TIMERSLACK, 1);
}

void Idle::after_turn(bool found_work, Instant now, Instant wakeup) {
  if (found_work) {
    idle_turns_ = 0;
    return;
  }
  ++idle_turns_;
  if (how_ == policy::Idle::kSpin || (how_ == policy::Idle::kSleep && idle_turns_ <= kTurnsBeforeSleep)) {
    _mm_pause();
    return;
  }
  if (how_ == policy::Idle::kYield) {
    sched_yield();
    return;
  }
  const Duration until_timer = wakeup == Instant::never() ? max_sleep_ : wakeup - now;
  const Duration sleep = std::clamp(until_timer, Duration{}, max_sleep_);
  if (sleep.ns == 0) return;
  const timespec t{sleep.ns / 1'000'000'000, sleep.ns % 1'000'000'000};
  nanosleep(&t, nullptr);
}

}  // namespace sluice::worker
