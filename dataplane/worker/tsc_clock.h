// TscClock: time from the CPU's counter, a few nanoseconds a reading. Calibrated at start against the kernel's raw
// monotonic clock: the frequency that the CPU or DPDK tells is off by more than a thousandth on some machines.
//
// One a process, shared read-only. The date is read from the kernel now and then and carried forward in between.
#pragma once

#include <x86intrin.h>

#include <cstdint>

#include "sluice/units.h"

namespace sluice::worker {

class TscClock {
 public:
  // Takes about 20 ms.
  static TscClock calibrate();

  static uint64_t cycles() { return __rdtsc(); }
  double cycles_per_second() const { return cycles_per_second_; }

  // Nanoseconds since calibration.
  Instant at(uint64_t cycles) const {
    const auto elapsed = static_cast<unsigned __int128>(cycles - origin_cycles_);
    return Instant{static_cast<int64_t>(elapsed * ns_per_cycle_q32_ >> 32)};
  }

 private:
  uint64_t origin_cycles_ = 0;
  uint64_t ns_per_cycle_q32_ = 0;  // nanoseconds a cycle, times 2^32
  double cycles_per_second_ = 0;
};

// The date now, from the kernel.
WallTime read_wall_clock();

}  // namespace sluice::worker
