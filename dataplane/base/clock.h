// Clock: the time of one worker, read once a poll and the same for all the work of that poll.
//
// Owned by the worker, which sets it from the TSC at the top of each poll; tests own one and move it by advance().
// Nothing below worker/ reads a clock of its own.
#pragma once

#include "sluice/units.h"

namespace sluice {

class Clock {
 public:
  Clock() = default;
  Clock(Instant now, WallTime wall) : now_(now), wall_(wall) {}

  // Monotonic: for deadlines and latencies.
  Instant now() const { return now_; }
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
};

}  // namespace sluice
