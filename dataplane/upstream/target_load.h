// TargetLoad: where one worker stands with one target: what its algorithm counts.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sluice/units.h"

namespace sluice::upstream {

// The average of the times to answer, of which a measurement fades within about ten seconds (Kong's EWMA).
class FadingLatency {
 public:
  bool measured() const { return measured_; }
  // What the average has come down to at `now`: a target that is not asked gets another chance.
  double at(Instant now) const { return average_us_ * weight(now); }
  void add(Duration latency, Instant now) {
    const double old_weight = weight(now);
    const auto latency_us = static_cast<double>(latency.us());
    average_us_ = measured_ ? average_us_ * old_weight + latency_us * (1 - old_weight) : latency_us;
    touched_ = now;
    measured_ = true;
  }

 private:
  static constexpr double kDecay_s = 10;

  double weight(Instant now) const {
    const double passed_s = static_cast<double>((now - touched_).ns) / 1e9;
    return std::exp(-std::max(passed_s, 0.0) / kDecay_s);
  }

  double average_us_ = 0;
  Instant touched_{};
  bool measured_ = false;
};

// Of an earlier use of the slot (another generation) it counts as none.
struct TargetLoad {
  uint32_t generation = 0;
  int32_t round_robin = 0;    // what smooth round-robin owes the target
  uint32_t next_address = 0;  // of those that its name has
  uint32_t in_progress = 0;   // attempts
  uint64_t last_choice = 0;   // the number of the balancer's choice that took it last
  FadingLatency latency;
  uint32_t unanswered = 0;  // attempts whose answer is waited for
  Instant silent_since{};   // the last answer, or the first of these attempts; meaningful when there are some

  void begin(Instant now) {
    ++in_progress;
    if (unanswered++ == 0) silent_since = now;
  }
  // An attempt has an answer, or has failed.
  void note_answer(Instant now) {
    if (unanswered > 0) --unanswered;
    silent_since = now;
  }
  // For how long nothing has come of what is waited for.
  Duration silence(Instant now) const { return unanswered == 0 ? Duration{} : now - silent_since; }
};

}  // namespace sluice::upstream
