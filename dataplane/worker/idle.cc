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
  const Duration sleep = longest_sleep(now, wakeup);
  if (sleep.ns == 0) return;
  const timespec t{sleep.ns / 1'000'000'000, sleep.ns % 1'000'000'000};
  nanosleep(&t, nullptr);
}

Duration Idle::longest_sleep(Instant now, Instant wakeup) const {
  if (wakeup == Instant::never()) return max_sleep_;
  return std::clamp(wakeup - now, Duration{}, max_sleep_);
}

}  // namespace sluice::worker
