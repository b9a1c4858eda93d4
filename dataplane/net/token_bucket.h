// TokenBucket: lets `rate` things a second pass, after a burst of as many.
#pragma once

#include <algorithm>

#include "sluice/units.h"

namespace sluice::net {

class TokenBucket {
 public:
  // rate: 1 to 10^9 a second.
  explicit constexpr TokenBucket(int64_t rate) : interval_(Duration::seconds(1) / rate) {}

  // Takes a token; false when there is none. REQUIRES: `now` never goes back.
  [[nodiscard]] bool try_take(Instant now) {
    credit_ = std::min(Duration::seconds(1), credit_ + (now - last_));
    last_ = now;
    if (credit_ < interval_) return false;
    credit_ = credit_ - interval_;
    return true;
  }

 private:
  Duration interval_;                       // what one token costs
  Duration credit_ = Duration::seconds(1);  // time saved up, at most a second
  Instant last_{};
};

}  // namespace sluice::net
