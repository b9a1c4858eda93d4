// WaitHandle: names a wait of an exchange: what a stage that answers kWait keeps and hands back to end the wait
// (exchange/server.h). It goes stale when the exchange ends or waits for something else, so a late reply finds nobody.
#pragma once

#include <cstdint>

#include "sluice/units.h"

namespace sluice {

struct WaitHandle {
  WorkerId worker{};
  uint16_t step = 0;  // which wait of the exchange
  uint32_t slot = 0;
  uint32_t generation = 0;
};

}  // namespace sluice
