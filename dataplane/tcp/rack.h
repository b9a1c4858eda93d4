// Rack: finds what is lost by time: what was sent some while before something that has arrived (RFC 8985 6).
//
// Rack is part of a Flight; PathHistory, which earlier flights have taught, of the Tcb. Variables have the RFC's names.
#pragma once

#include <cstdint>

#include "sluice/units.h"
#include "tcp/delivery.h"
#include "tcp/scoreboard.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

struct PathHistory {
  uint32_t min_rtt_us = 0;  // the smallest round trip of the last minutes; 0: none yet
  uint32_t min_rtt_at_s = 0;
  uint8_t reo_wnd_mult = 1;
  uint8_t reo_wnd_persist = 0;  // recoveries that a larger window outlives
  bool reordering_seen = false;

  Duration min_rtt() const { return Duration::microseconds(min_rtt_us); }
  // 6.2 step 1.
  void on_round_trip(Duration rtt, Instant now);
  // 6.2 step 4: something was sent again that was only late: the window grows by a quarter of a round trip.
  void on_duplicate_reported();
  // 6.2 step 4: 16 recoveries without a duplicate, and the window is small again.
  void on_recovery_ended();
};

class Rack {
 public:
  void open(SeqNum snd_una) { fack_ = end_seq_ = snd_una; }

  SeqNum fack() const { return fack_; }
  // Steps 2 and 3.
  void on_delivery(const Delivery& delivery, PathHistory& history);
  // Step 4: a duplicate was reported; one counts in each round trip.
  void on_duplicate_reported(SeqNum snd_una, SeqNum snd_nxt, PathHistory& history);

  struct Circumstances {
    Instant now;
    Duration srtt;
    uint32_t mss;
    bool in_recovery;
  };
  // Step 5: marks what is lost and returns when to look again, never() for not at all.
  Instant detect(Scoreboard& board, const PathHistory& history, const Circumstances& at) const;
  // 6.3: the retransmission timer has expired: the first stretch is lost, and all that was sent as long ago.
  void mark_timed_out(Scoreboard& board, const PathHistory& history, const Circumstances& at) const;

 private:
  static Duration reordering_window(const Scoreboard& board, const PathHistory& history, const Circumstances& at);
  bool sent_before_newest(const Transmission& t) const;

  Instant xmit_ts_{};
  Duration rtt_{};  // zero: nothing has arrived yet
  SeqNum end_seq_;
  SeqNum fack_;
  SeqNum dsack_round_;
  bool in_dsack_round_ = false;
};

}  // namespace sluice::tcp
