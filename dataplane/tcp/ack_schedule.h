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

  // Text arrived in order: every second full segment is acknowledged at once. What the peer calls full is the largest
  // that it has sent.
  void on_text(uint32_t bytes) {
    peer_mss_ = std::max(peer_mss_, bytes);
    unacknowledged_ += bytes;
    require(unacknowledged_ >= 2 * peer_mss_ ? Due::kNow : Due::kDelayed);
  }
  void require(Due due) { due_ = std::max(due_, due); }
  void on_sent() {
    due_ = Due::kNone;
    unacknowledged_ = 0;
  }

  Due due() const { return due_; }

 private:
  uint32_t peer_mss_ = 536;
  uint32_t unacknowledged_ = 0;  // bytes in order since an acknowledgement left
  Due due_ = Due::kNone;
};

}  // namespace sluice::tcp
