#include "tcp/congestion/new_reno.h"

#include <algorithm>

namespace sluice::tcp {

namespace {

// Far above any flight that the send buffer allows; keeps the arithmetic on windows below 2^31.
constexpr uint32_t kLargestWindow = 1u << 30;

}  // namespace

uint32_t initial_window(uint32_t mss) {
  return std::min(10 * mss, std::max(2 * mss, 14'600u));
}

void NewReno::on_established(CongestionState& state, uint32_t mss, bool syn_lost) const {
  state = {.cwnd = syn_lost ? mss : initial_window(mss)};
}

void NewReno::on_ack(CongestionState& state, uint32_t acked_bytes, uint32_t mss) const {
  if (state.cwnd < state.ssthresh) {
    state.cwnd += std::min(acked_bytes, mss);  // RFC 5681 equation 2
  } else {
    // One segment for each window that was acknowledged, counted in bytes (RFC 5681 3.1, RFC 3465 2.1).
    state.bytes_acked += acked_bytes;
    if (state.bytes_acked >= state.cwnd) {
      state.bytes_acked -= state.cwnd;
      state.cwnd += mss;
    }
  }
  state.cwnd = std::min(state.cwnd, kLargestWindow);
}

void NewReno::on_loss(CongestionState& state, uint32_t flight_bytes, uint32_t mss) const {
  state.ssthresh = std::max(flight_bytes / 2, 2 * mss);  // RFC 5681 equation 4
  state.bytes_acked = 0;
}

void NewReno::on_timeout(CongestionState& state, uint32_t flight_bytes, uint32_t mss, bool first) const {
  if (first) on_loss(state, flight_bytes, mss);
  state.cwnd = mss;  // the loss window
}

void NewReno::on_idle_restart(CongestionState& state, uint32_t mss) const {
  state.cwnd = std::min(state.cwnd, initial_window(mss));
}

}  // namespace sluice::tcp
