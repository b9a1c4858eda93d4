#include "tcp/congestion/new_reno.h"

#include <algorithm>

namespace sluice::tcp {

void NewReno::on_established(CongestionState& state, uint32_t mss, bool syn_lost) const {
  state = {.cwnd = syn_lost ? mss : initial_window(mss)};
}

void NewReno::on_ack(CongestionState& state, Growth& growth, const AckEvent& ack) const {
  if (state.cwnd < state.ssthresh) {
    state.cwnd += std::min(ack.acked_bytes, ack.mss);  // RFC 5681 equation 2
  } else {
    // One segment for each window that was acknowledged, counted in bytes (RFC 5681 3.1, RFC 3465 2.1).
    growth.bytes_acked += ack.acked_bytes;
    if (growth.bytes_acked >= state.cwnd) {
      growth.bytes_acked -= state.cwnd;
      state.cwnd += ack.mss;
    }
  }
  state.cwnd = std::min(state.cwnd, kLargestWindow);
}

void NewReno::on_loss(CongestionState& state, Growth& growth, uint32_t flight_bytes, uint32_t mss) const {
  state.ssthresh = std::max(flight_bytes / 2, 2 * mss);  // RFC 5681 equation 4
  growth.bytes_acked = 0;
}

void NewReno::on_timeout(CongestionState& state, Growth& growth, uint32_t flight_bytes, uint32_t mss,
                         bool first) const {
  if (first) on_loss(state, growth, flight_bytes, mss);
  state.cwnd = mss;  // the loss window
}

}  // namespace sluice::tcp
