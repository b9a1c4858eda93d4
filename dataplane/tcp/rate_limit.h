// RateLimit: at most so many a second, for answers that a flood could otherwise multiply (RFC 5961 7).
#pragma once

#include <cstdint>

#include "sluice/units.h"

namespace sluice::tcp {

class RateLimit {
 public:
  explicit RateLimit(uint32_t per_second) : per_second_(per_second) {}

  // True when one more is allowed now.
  [[nodiscard]] bool try_take(Instant now) {
    if (now - second_began_ >= Duration::seconds(1)) {
      second_began_ = now;
      taken_ = 0;
    }
    if (taken_ >= per_second_) return false;
    ++taken_;
    return true;
  }

 private:
  uint32_t per_second_;
  uint32_t taken_ = 0;
  Instant second_began_{};
};

}  // namespace sluice::tcp
