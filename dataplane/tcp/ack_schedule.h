// AckSchedule: when the next acknowledgement is owed (RFC 9293 3.8.6.3, RFC 5681 4.2).
//
// Part of a Connection. Any segment that leaves carries an acknowledgement and pays the debt.
#pragma once

#include <algorithm>
#include <cstdint>

namespace sluice::tcp {

class AckSchedule {
 public:
  enum class Due : uint8_t {
    kNone,
    kDelayed,    // within settings.delayed_ack, unless something leaves before
    kEndOfPoll,  // with what this poll sends, or alone
    kNow,        // one for this very segment
  };

  // What counts as a full segment until the peer has sent a larger one. peer_mss: what its SYN said, bytes.
  void begin(uint32_t peer_mss) { peer_mss_ = std::min(peer_mss_, peer_mss); }
  // Text arrived in order: every second full segment is acknowledged at once. What the peer calls full is the largest
  // that it has sent. push: it has sent all that it could; while a long text comes, it is then its window that waits
  // for us, and the end of the poll is late enough. A short text is more likely a request, which the answer
  // acknowledges. After a gap a full segment does not wait for a second one either: a window that losses keep small has
  // room for few, and the sender would miss the last of an odd number for a round trip.
  void on_text(uint32_t bytes, bool push) {
    peer_mss_ = std::max(peer_mss_, bytes);
    unacknowledged_ += bytes;
    since_own_text_ = std::min(since_own_text_ + bytes, kLongText * peer_mss_);
    const bool after_gap = after_gap_ > 0;
    if (after_gap) --after_gap_;
    if (unacknowledged_ >= 2 * peer_mss_) return require(Due::kNow);
    const bool waits_for_us = (push && since_own_text_ == kLongText * peer_mss_) || (after_gap && bytes == peer_mss_);
    require(waits_for_us ? Due::kEndOfPoll : Due::kDelayed);
  }
  // Text came ahead of a gap (RFC 5681 4.2).
  void on_gap() {
    after_gap_ = kAfterGap;
    require(Due::kNow);
  }
  void require(Due due) { due_ = std::max(due_, due); }
  // text: the segment that left had some.
  void on_sent(bool text) {
    due_ = Due::kNone;
    unacknowledged_ = 0;
    if (text) since_own_text_ = 0;
  }

  Due due() const { return due_; }

 private:
  static constexpr uint32_t kLongText = 10;   // full segments: more than a first window (RFC 6928)
  static constexpr uint16_t kAfterGap = 256;  // segments: a path that loses one in a hundred is always "after a gap"

  uint32_t peer_mss_ = 536;
  uint32_t unacknowledged_ = 0;  // bytes in order since an acknowledgement left
  uint32_t since_own_text_ = 0;  // bytes in order since we sent text; no more than what makes a long text
  uint16_t after_gap_ = 0;       // how many segments in order are still soon after a gap
  Due due_ = Due::kNone;
};

}  // namespace sluice::tcp
