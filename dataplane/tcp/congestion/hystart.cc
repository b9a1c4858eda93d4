#include "tcp/congestion/hystart.h"

#include <algorithm>

#include "tcp/congestion/congestion_control.h"

namespace sluice::tcp {

namespace {

// RFC 9406 4.3.
constexpr uint32_t kMinRttThreshUs = 4'000;
constexpr uint32_t kMaxRttThreshUs = 16'000;
constexpr uint32_t kMinRttDivisor = 8;
constexpr uint8_t kRttSamples = 8;
constexpr uint32_t kCssGrowthDivisor = 4;
constexpr uint8_t kCssRounds = 5;
constexpr uint32_t kLimitSegments = 8;  // L, without pacing

}  // namespace

void HyStart::begin_round(SeqNum snd_nxt) {
  window_end_ = snd_nxt;
  last_round_min_rtt_us_ = current_round_min_rtt_us_;
  current_round_min_rtt_us_ = UINT32_MAX;
  rtt_sample_count_ = 0;
}

// 4.2: enough samples of this round against the round before, or against the one in which caution began.
void HyStart::take_sample(uint32_t rtt_us) {
  current_round_min_rtt_us_ = std::min(current_round_min_rtt_us_, rtt_us);
  if (rtt_sample_count_ < kRttSamples) ++rtt_sample_count_;
  if (rtt_sample_count_ < kRttSamples) return;
  if (phase_ == Phase::kConservative) {
    if (current_round_min_rtt_us_ < css_baseline_min_rtt_us_) phase_ = Phase::kSlowStart;
    return;
  }
  if (last_round_min_rtt_us_ == UINT32_MAX) return;
  const uint32_t thresh = std::clamp(last_round_min_rtt_us_ / kMinRttDivisor, kMinRttThreshUs, kMaxRttThreshUs);
  if (current_round_min_rtt_us_ < last_round_min_rtt_us_ + thresh) return;
  phase_ = Phase::kConservative;
  css_baseline_min_rtt_us_ = current_round_min_rtt_us_;
  css_rounds_ = 0;
}

bool HyStart::on_ack(const AckEvent& ack) {
  if (phase_ == Phase::kFirstRound) {
    phase_ = Phase::kSlowStart;
    begin_round(ack.snd_nxt);
  }
  if (ack.rtt > Duration{}) take_sample(static_cast<uint32_t>(std::min<int64_t>(ack.rtt.us(), UINT32_MAX - 1)));
  if (ack.snd_una < window_end_) return false;
  begin_round(ack.snd_nxt);
  return phase_ == Phase::kConservative && ++css_rounds_ >= kCssRounds;
}

uint32_t HyStart::growth_bytes(const AckEvent& ack) const {
  const uint32_t most = std::min(ack.acked_bytes, kLimitSegments * ack.mss);
  return phase_ == Phase::kConservative ? most / kCssGrowthDivisor : most;
}

}  // namespace sluice::tcp
