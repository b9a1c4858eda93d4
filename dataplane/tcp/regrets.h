// Regrets: what to return to when a recovery turns out to have been for nothing, and what would show that it was: all
// that it sent again is reported to have come twice (RFC 3708 3).
//
// Part of a Tcb, until the next recovery: the reports come a round trip behind the acknowledgement, when nothing may be
// in flight any more.
#pragma once

#include <cstdint>

#include "tcp/congestion/congestion_control.h"

namespace sluice::tcp {

struct Regrets {
  CongestionState before;
  uint32_t sent_again_bytes = 0;  // since, and not reported as duplicates
  bool possible = false;
};

}  // namespace sluice::tcp
