#include "tcp/congestion/cubic.h"

#include <algorithm>
#include <cmath>

namespace sluice::tcp {

namespace {

// RFC 9438 4.1.2, 4.6 and 4.3.
constexpr double kC = 0.4;  // segments a second cubed
constexpr double kBetaCubic = 0.7;
constexpr double kAlphaCubic = 3 * (1 - kBetaCubic) / (1 + kBetaCubic);

double seconds(Duration d) {
  return static_cast<double>(d.ns) / 1e9;
}

// Equation 1.
double w_cubic_bytes(const Growth::Epoch& epoch, double t_s, uint32_t mss) {
  const double distance = t_s - epoch.k_s;
  return kC * distance * distance * distance * mss + epoch.origin_bytes;
}

uint32_t reduced(uint32_t bytes, uint32_t mss) {
  return std::max(static_cast<uint32_t>(bytes * kBetaCubic), 2 * mss);
}

}  // namespace

void Cubic::on_established(CongestionState& state, uint32_t mss, bool syn_lost) const {
  state = {.cwnd = syn_lost ? mss : initial_window(mss)};
}

void Cubic::on_ack(CongestionState& state, Growth& growth, const AckEvent& ack) const {
  if (state.cwnd < state.ssthresh) {
    slow_start(state, growth, ack);
  } else {
    avoid_congestion(state, growth, ack);
  }
  state.cwnd = std::min(state.cwnd, kLargestWindow);
}

// HyStart++ serves the first slow start only (RFC 9406 4.2); after a timeout an acknowledgement of much adds no more
// than a segment (RFC 3465 2.3).
void Cubic::slow_start(CongestionState& state, Growth& growth, const AckEvent& ack) {
  if (ack.after_timeout) {
    state.cwnd += std::min(ack.acked_bytes, ack.mss);
    return;
  }
  const bool over = state.ssthresh == CongestionState::kUnlimited && growth.hystart.on_ack(ack);
  state.cwnd += growth.hystart.growth_bytes(ack);
  if (over) state.ssthresh = state.cwnd;
}

// 4.2, and 4.8, 4.10: without a window to return to the curve begins at its saddle.
void Cubic::begin_epoch(CongestionState& state, Growth& growth, const AckEvent& ack) {
  Growth::Epoch& epoch = growth.epoch;
  epoch = {.running = true, .start = ack.now};
  epoch.w_est_bytes = state.cwnd;
  if (state.w_max <= state.cwnd) {
    state.w_max = state.cwnd;
  } else {
    epoch.k_s = std::cbrt((state.w_max - state.cwnd) / (kC * ack.mss));
  }
  epoch.origin_bytes = state.w_max;
}

void Cubic::avoid_congestion(CongestionState& state, Growth& growth, const AckEvent& ack) {
  if (!growth.epoch.running) begin_epoch(state, growth, ack);
  Growth::Epoch& epoch = growth.epoch;
  const double cwnd = state.cwnd;
  const double share = std::min(1.0, ack.acked_bytes / cwnd);  // of a window that this acknowledges
  const double t_s = seconds(ack.now - epoch.start);

  // 4.3: what Reno would have by now; beyond cwnd_prior it grows as fast as Reno itself.
  epoch.w_est_bytes += (epoch.w_est_bytes < state.cwnd_prior ? kAlphaCubic : 1.0) * share * ack.mss;
  if (w_cubic_bytes(epoch, t_s, ack.mss) < epoch.w_est_bytes) {
    state.cwnd = std::max(state.cwnd, static_cast<uint32_t>(epoch.w_est_bytes));
    return;
  }
  // 4.4, 4.5: to where the curve is a round trip from now.
  const double target = std::clamp(w_cubic_bytes(epoch, t_s + seconds(ack.srtt), ack.mss), cwnd, 1.5 * cwnd);
  epoch.credit_bytes += (target - cwnd) * share;
  const auto whole = static_cast<uint32_t>(epoch.credit_bytes);
  epoch.credit_bytes -= whole;
  state.cwnd += whole;
}

// 4.6 and 4.7, by cwnd, which grows only while it is the limit.
void Cubic::on_loss(CongestionState& state, Growth& growth, uint32_t, uint32_t mss) const {
  state.cwnd_prior = state.cwnd;
  const bool shrinking = state.cwnd < state.w_max;  // others need room: fast convergence
  state.w_max = shrinking ? static_cast<uint32_t>(state.cwnd * (1 + kBetaCubic) / 2) : state.cwnd;
  state.ssthresh = reduced(state.cwnd, mss);
  growth.epoch.running = false;
}

// 4.8: the curve after a timeout begins at its saddle.
void Cubic::on_timeout(CongestionState& state, Growth& growth, uint32_t, uint32_t mss, bool first) const {
  if (first) {
    state.cwnd_prior = state.cwnd;
    state.ssthresh = reduced(state.cwnd, mss);
  }
  state.w_max = 0;
  state.cwnd = mss;
  growth.epoch.running = false;
}

}  // namespace sluice::tcp
