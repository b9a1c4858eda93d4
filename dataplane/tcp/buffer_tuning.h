// Buffer tuning: how much of settings.receive_buffer_bytes and send_buffer_bytes one connection may use now. A long
// fast path needs megabytes, most connections a few kilobytes; what nobody needs must not be held.
//
// Sending: twice the congestion window, so that a whole window is in flight while the next is being written. Receiving:
// twice what the user reads in a round trip (dynamic right-sizing, Fisk and Feng 2001), four times while that grows:
// what is read now was sent a round trip ago, and a sender in slow start has doubled since and will again. One whose
// text nobody reads is offered no more than before.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sluice/units.h"

namespace sluice::tcp {

// What every connection begins with, bytes.
inline constexpr uint32_t kFirstBufferBytes = 256 * 1024;

// cwnd: bytes. most: settings.send_buffer_bytes.
constexpr uint32_t send_buffer_for(uint32_t cwnd, uint32_t most) {
  const uint32_t both_windows = cwnd > most / 2 ? most : 2 * cwnd;
  return std::min(most, std::max(kFirstBufferBytes, both_windows));
}

class ReceiveTuning {
 public:
  // The user has taken n bytes. round_trip: as measured; zero where it was not. Returns the buffer that the path is
  // found to need, bytes; 0: nothing new is known.
  uint32_t on_consumed(size_t n, Instant now, Duration round_trip) {
    if (consumed_bytes_ == 0) began_ = now;
    consumed_bytes_ = static_cast<uint32_t>(std::min<size_t>(consumed_bytes_ + n, kMostBytes));
    if (now - began_ < std::max(round_trip, kLeastRound)) return 0;
    const bool grows = consumed_bytes_ / 3 * 2 >= last_bytes_;
    last_bytes_ = consumed_bytes_;
    consumed_bytes_ = 0;
    return (grows ? 4 : 2) * last_bytes_;
  }

 private:
  static constexpr uint32_t kMostBytes = 1u << 29;
  // Shorter rounds are lost in the time between two polls.
  static constexpr Duration kLeastRound = Duration::milliseconds(1);

  Instant began_{};
  uint32_t consumed_bytes_ = 0;  // in this round trip
  uint32_t last_bytes_ = 0;      // in the one before
};

}  // namespace sluice::tcp
