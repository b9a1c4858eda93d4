// Cubic: the window grows with the time since the last loss, fast towards where that loss was, carefully around it,
// and never slower than Reno's would (RFC 9438). Slow start is HyStart++'s.
#pragma once

#include "tcp/congestion/congestion_control.h"

namespace sluice::tcp {

class Cubic final : public CongestionControl {
 public:
  void on_established(CongestionState& state, uint32_t mss, bool syn_lost) const override;
  void on_ack(CongestionState& state, Growth& growth, const AckEvent& ack) const override;
  void on_loss(CongestionState& state, Growth& growth, uint32_t flight_bytes, uint32_t mss) const override;
  void on_timeout(CongestionState& state, Growth& growth, uint32_t flight_bytes, uint32_t mss,
                  bool first) const override;

 private:
  static void slow_start(CongestionState& state, Growth& growth, const AckEvent& ack);
  static void begin_epoch(CongestionState& state, Growth& growth, const AckEvent& ack);
  static void avoid_congestion(CongestionState& state, Growth& growth, const AckEvent& ack);
};

}  // namespace sluice::tcp
