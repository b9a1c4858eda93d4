#include "tcp/loss_recovery.h"

#include <algorithm>

namespace sluice::tcp {

bool LossRecovery::on_duplicate_ack(const Flight& f) {
  const uint32_t mss = f.sender.mss();
  if (in_recovery_) {
    f.congestion.cwnd += mss;  // RFC 6582 3.2 step 3: another segment has left the network
    return false;
  }
  if (duplicate_acks_ < kDuplicateThreshold) ++duplicate_acks_;
  if (duplicate_acks_ < kDuplicateThreshold) {
    limited_transmit_ = duplicate_acks_;
    return false;
  }
  limited_transmit_ = 0;
  // RFC 6582 3.2 step 2: duplicates of what was sent again after an earlier loss say nothing new.
  if (f.sender.snd_una() <= recover_) return false;
  in_recovery_ = true;
  partial_ack_seen_ = false;
  recover_ = f.sender.snd_max();
  f.control.on_loss(f.congestion, f.sender.flight_bytes(), mss);
  f.congestion.cwnd = f.congestion.ssthresh + kDuplicateThreshold * mss;
  return true;
}

LossRecovery::AckOutcome LossRecovery::on_new_ack(const Flight& f, uint32_t acked_bytes, bool cwnd_limited) {
  const uint32_t mss = f.sender.mss();
  duplicate_acks_ = limited_transmit_ = 0;
  timed_out_ = false;
  if (!in_recovery_) {
    if (cwnd_limited) f.control.on_ack(f.congestion, acked_bytes, mss);
    return {};
  }
  if (f.sender.snd_una() >= recover_) {
    // Full acknowledgement: RFC 6582 3.2 step 3, option 1, which allows no burst.
    f.congestion.cwnd = std::min(f.congestion.ssthresh, std::max(f.sender.flight_bytes(), mss) + mss);
    in_recovery_ = false;
    return {};
  }
  // Partial acknowledgement: the next hole begins at SND.UNA. The timer restarts for the first one only.
  f.congestion.cwnd -= std::min(acked_bytes, f.congestion.cwnd - mss);
  if (acked_bytes >= mss) f.congestion.cwnd += mss;
  const bool first = !partial_ack_seen_;
  partial_ack_seen_ = true;
  return {.retransmit_head = true, .restart_timer = first};
}

void LossRecovery::on_timeout(const Flight& f) {
  in_recovery_ = false;
  duplicate_acks_ = limited_transmit_ = 0;
  recover_ = f.sender.snd_max();
  f.control.on_timeout(f.congestion, f.sender.flight_bytes(), f.sender.mss(), !timed_out_);
  timed_out_ = true;
}

}  // namespace sluice::tcp
