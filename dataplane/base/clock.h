// Clock: the time of one worker, read once a poll and the same for all the work of that poll.
//
// Owned by the worker, which sets it from the TSC at the top of each poll; tests own one and move it by advance().
// Nothing below worker/ reads a clock of its own. What is measured within a poll asks for the moment itself: read().
#pragma once

#include "sluice/units.h"

namespace sluice {

class Clock {
 public:
  Clock() = default;
  Clock(Instant now, WallTime wall) : now_(now), wall_(wall) {}

  // Monotonic: for deadlines and latencies.
  Instant now() const { return now_; }
  // The moment itself, for figures: some nanoseconds to read. now() where nobody has set a source, as in tests.
  Instant read() const { return source_ == nullptr ? now_ : source_(source_state_); }
  using Source = Instant (*)(const void* state);
  void measure_with(Source source, const void* state) {
    source_ = source;
    source_state_ = state;
  }

  // The date: for Date headers, token expiry and calendar windows. May step.
  WallTime wall_now() const { return wall_; }

  void set(Instant now, WallTime wall) {
    now_ = now;
    wall_ = wall;
  }
  void advance(Duration d) {
    now_ = now_ + d;
    wall_.ns += d.ns;
  }

 private:
  Instant now_{};
  WallTime wall_{};
  Source source_ = nullptr;
  const void* source_state_ = nullptr;
};

}  // namespace sluice
