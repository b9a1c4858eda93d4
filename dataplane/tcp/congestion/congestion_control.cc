#include "tcp/congestion/congestion_control.h"

#include <algorithm>

namespace sluice::tcp {

uint32_t initial_window(uint32_t mss) {
  return std::min(10 * mss, std::max(2 * mss, 14'600u));
}

void CongestionControl::on_idle_restart(CongestionState& state, uint32_t mss) const {
  state.cwnd = std::min(state.cwnd, initial_window(mss));
}

void CongestionControl::undo(CongestionState& state, Growth& growth, const CongestionState& before) const {
  state = {.cwnd = std::max(state.cwnd, before.cwnd),
           .ssthresh = std::max(state.ssthresh, before.ssthresh),
           .w_max = before.w_max,
           .cwnd_prior = before.cwnd_prior};
  growth.epoch.running = false;
}

}  // namespace sluice::tcp
