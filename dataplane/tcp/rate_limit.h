// RateLimit: at most so many a second, for answers that a flood could otherwise multiply (RFC 5961 7).
//
// How many exactly differs from second to second, between half of the limit and all of it: a limit shared by all
// connections and known to the number would let a forger count what others use of it (CVE-2016-5696).
#pragma once

#include <cstdint>

#include "base/random.h"
#include "sluice/units.h"

namespace sluice::tcp {

class RateLimit {
 public:
  RateLimit(uint32_t per_second, Random& random) : per_second_(per_second), random_(random) {}

  // True when one more is allowed now.
  [[nodiscard]] bool try_take(Instant now) {
    if (now - second_began_ >= Duration::seconds(1)) {
      second_began_ = now;
      left_ = per_second_ - static_cast<uint32_t>(random_.below(per_second_ / 2 + 1));
    }
    if (left_ == 0) return false;
    --left_;
    return true;
  }

 private:
  uint32_t per_second_;
  uint32_t left_ = 0;
  Random& random_;
  Instant second_began_{};
};

}  // namespace sluice::tcp
