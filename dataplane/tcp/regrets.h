// Regrets: what to return to when a recovery turns out to have been for nothing, and what would show that it was: all
// that it sent again is reported to have come twice (RFC 3708 3).
//
// Part of a Tcb, until the next recovery: the reports come a round trip behind the acknowledgement, when nothing may be
// in flight any more.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tcp/congestion/congestion_control.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

struct Regrets {
  CongestionState before;
  SeqNum lowest;  // what the recovery sent again lies in [lowest, highest)
  SeqNum highest;
  uint32_t sent_again_bytes = 0;  // of these, not reported as duplicates; what was sent twice again counts twice
  SeqNum probe_end;               // where the last probe of the tail before the recovery ended
  bool probe_unreported = false;  // that was old text, and may come twice as well
  bool possible = false;

  void on_sent_again(SeqNum seq, SeqNum end) {
    lowest = sent_again_bytes == 0 ? seq : min(lowest, seq);
    highest = sent_again_bytes == 0 ? end : max(highest, end);
    sent_again_bytes += (end - seq).value;
  }
  bool speak_of(SeqNum left, SeqNum right) const { return sent_again_bytes > 0 && lowest <= left && right <= highest; }
  // No report speaks of what lies further behind than a window; and numbers wrap.
  void on_acknowledged(SeqNum snd_una, uint32_t window_bytes) {
    if (highest + SeqLen{window_bytes} < snd_una) possible = false;
  }
};

}  // namespace sluice::tcp
