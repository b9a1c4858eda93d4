// HyStart++: leaves slow start when round trips grow longer, before the queue overflows (RFC 9406).
//
// Part of a Growth. Works in rounds: a round ends when what was sent last at its beginning is acknowledged. Longer
// round trips lead to conservative slow start, which lasts some rounds and returns to slow start if they were an
// accident.
#pragma once

#include <cstdint>

#include "sluice/units.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

struct AckEvent;

class HyStart {
 public:
  // True when slow start is over: ssthresh is to be set to cwnd.
  [[nodiscard]] bool on_ack(const AckEvent& ack);
  // What an acknowledgement adds to cwnd.
  uint32_t growth_bytes(const AckEvent& ack) const;
  bool conservative() const { return phase_ == Phase::kConservative; }

 private:
  enum class Phase : uint8_t { kFirstRound, kSlowStart, kConservative };

  void begin_round(SeqNum snd_nxt);
  void take_sample(uint32_t rtt_us);

  SeqNum window_end_;
  uint32_t last_round_min_rtt_us_ = UINT32_MAX;
  uint32_t current_round_min_rtt_us_ = UINT32_MAX;
  uint32_t css_baseline_min_rtt_us_ = UINT32_MAX;
  uint8_t rtt_sample_count_ = 0;
  uint8_t css_rounds_ = 0;
  Phase phase_ = Phase::kFirstRound;
};

}  // namespace sluice::tcp
