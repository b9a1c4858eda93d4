#include "worker/tsc_clock.h"

#include <ctime>

namespace sluice::worker {

namespace {

constexpr int64_t kCalibrationNs = 20'000'000;

int64_t read_ns(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

TscClock TscClock::calibrate() {
  const int64_t start_ns = read_ns(CLOCK_MONOTONIC_RAW);
  const uint64_t start_cycles = cycles();
  int64_t end_ns = start_ns;
  while (end_ns - start_ns < kCalibrationNs) end_ns = read_ns(CLOCK_MONOTONIC_RAW);
  const uint64_t end_cycles = cycles();

  const auto elapsed_ns = static_cast<double>(end_ns - start_ns);
  const auto elapsed_cycles = static_cast<double>(end_cycles - start_cycles);
  TscClock clock;
  clock.origin_cycles_ = start_cycles;
  clock.ns_per_cycle_q32_ = static_cast<uint64_t>(elapsed_ns / elapsed_cycles * 4294967296.0);
  clock.cycles_per_second_ = elapsed_cycles / elapsed_ns * 1e9;
  return clock;
}

WallTime read_wall_clock() {
  return WallTime{read_ns(CLOCK_REALTIME)};
}

}  // namespace sluice::worker
