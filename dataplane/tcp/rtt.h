// RttEstimator: the smoothed round-trip time and the retransmission timeout of one connection (RFC 6298).
//
// Holds the back-off too: rto() is what the timer is set to now.
#pragma once

#include <cstdint>

#include "sluice/units.h"
#include "tcp/settings.h"

namespace sluice::tcp {

class RttEstimator {
 public:
  explicit RttEstimator(const Settings& settings) : rto_us_(static_cast<uint32_t>(settings.initial_rto.us())) {}

  // A round trip was measured, on a segment that was sent once (Karn) or by an echoed timestamp (RFC 6298 2.2, 2.3).
  // Ends the back-off: until then a path that has become slower keeps the time it needs (5, the note).
  void sample(Duration rtt, const Settings& settings);
  // The timer has expired (5.5). The cap is settings.max_rto.
  void back_off() { backoff_ += backoff_ < kMaxBackoff ? 1 : 0; }
  // A closed window has opened: what was backed off was the persist timer.
  void reset_back_off() { backoff_ = 0; }
  // A SYN was lost: unless an echoed timestamp gave a sample, data begins with 3 s (5.7).
  void forget_handshake();

  Duration rto(const Settings& settings) const;
  // Zero before the first sample.
  Duration smoothed() const { return Duration::microseconds(srtt_us_); }
  Duration variation() const { return Duration::microseconds(rttvar_us_); }
  uint8_t backoff() const { return backoff_; }

 private:
  static constexpr uint8_t kMaxBackoff = 15;

  uint32_t srtt_us_ = 0;
  uint32_t rttvar_us_ = 0;
  uint32_t rto_us_;
  uint8_t backoff_ = 0;
  bool measured_ = false;
};

}  // namespace sluice::tcp
