// WindowUse: whether what was in flight shows that the congestion window is what holds the sender back. A window that
// was never filled says nothing of the path and must not grow (RFC 5681 4.1, RFC 9438 5.8).
//
// Belongs to a flight. Looked at after every pass over what can be sent; what is found holds for the window in which it
// was found, so that a user who is late with the next bytes once does not undo it.
#pragma once

#include <cstdint>

#include "tcp/seq_num.h"

namespace sluice::tcp {

class WindowUse {
 public:
  // A pass has ended. in_flight: SND.NXT - SND.UNA, bytes. limited: cwnd alone kept back what could go out.
  void on_sent(SeqNum snd_una, SeqNum snd_nxt, uint32_t in_flight, bool limited) {
    const bool over = snd_una >= window_end_ || most_in_flight_ == 0;
    if (!over && !limited && (limited_ || in_flight <= most_in_flight_)) return;
    limited_ = limited;
    most_in_flight_ = in_flight;
    window_end_ = snd_nxt;
  }

  // A timeout: what is in flight counts as lost, and the window of one segment is the limit.
  void on_timeout(SeqNum snd_nxt) {
    limited_ = true;
    window_end_ = snd_nxt;
  }

  // In slow start half a window in flight validates all of it (RFC 7661 4.3): what it doubles to is what can be used.
  bool allows_growth(uint32_t cwnd, bool in_slow_start) const {
    return limited_ || (in_slow_start && cwnd / 2 < most_in_flight_);
  }

 private:
  SeqNum window_end_;
  uint32_t most_in_flight_ = 0;
  bool limited_ = false;
};

}  // namespace sluice::tcp
