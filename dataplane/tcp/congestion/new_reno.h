// NewReno: slow start, congestion avoidance and what a loss does to them (RFC 5681, with RFC 6582's recovery).
#pragma once

#include "tcp/congestion/congestion_control.h"

namespace sluice::tcp {

class NewReno final : public CongestionControl {
 public:
  void on_established(CongestionState& state, uint32_t mss, bool syn_lost) const override;
  void on_ack(CongestionState& state, Growth& growth, const AckEvent& ack) const override;
  void on_loss(CongestionState& state, Growth& growth, uint32_t flight_bytes, uint32_t mss) const override;
  void on_timeout(CongestionState& state, Growth& growth, uint32_t flight_bytes, uint32_t mss,
                  bool first) const override;
};

}  // namespace sluice::tcp
