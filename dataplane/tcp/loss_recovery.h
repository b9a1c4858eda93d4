// LossRecovery: finds losses by duplicate acknowledgements and repairs them (RFC 5681 3.2, RFC 6582, RFC 3042).
//
// Part of a Connection. Says what to send again; the congestion control says how much at a time.
#pragma once

#include <cstdint>

#include "tcp/congestion/congestion_control.h"
#include "tcp/sender.h"

namespace sluice::tcp {

class LossRecovery {
 public:
  // What recovery works on.
  struct Flight {
    const Sender& sender;
    CongestionState& congestion;
    const CongestionControl& control;
  };

  void open(SeqNum iss) { recover_ = iss; }

  // A duplicate acknowledgement (RFC 5681 2). True: the first unacknowledged segment is to be sent again now.
  [[nodiscard]] bool on_duplicate_ack(const Flight& flight);
  struct AckOutcome {
    bool retransmit_head = false;
    bool restart_timer = true;
  };
  // SND.UNA has moved by acked_bytes. cwnd_limited: the window was what held the sender back.
  AckOutcome on_new_ack(const Flight& flight, uint32_t acked_bytes, bool cwnd_limited);
  // The retransmission timer has expired; what is in flight is lost.
  void on_timeout(const Flight& flight);

  bool in_recovery() const { return in_recovery_; }
  // What may be in flight: cwnd, and for limited transmit one new segment for each of the first two duplicates.
  uint32_t window_bytes(const CongestionState& congestion, uint32_t mss) const {
    return congestion.cwnd + (in_recovery_ ? 0 : limited_transmit_ * mss);
  }

 private:
  static constexpr uint8_t kDuplicateThreshold = 3;

  SeqNum recover_;  // the highest number sent (plus one) when the last loss was found
  uint8_t duplicate_acks_ = 0;
  uint8_t limited_transmit_ = 0;  // segments beyond cwnd
  bool in_recovery_ = false;
  bool partial_ack_seen_ = false;
  bool timed_out_ = false;  // nothing was acknowledged since
};

}  // namespace sluice::tcp
