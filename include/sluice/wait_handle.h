// WaitHandle, Woken: names a wait of an exchange: what a stage that answers kWait keeps and hands back to end the wait
// (exchange/server.h), and how it ended. It goes stale when the exchange ends or waits for something else, so a late
// reply finds nobody.
#pragma once

#include <cstdint>

#include "sluice/units.h"

namespace sluice {

// How a wait ended for a plugin that runs again because of that.
enum class Woken : uint8_t {
  kNot,     // it runs for the first time
  kServed,  // what it asked for has been done
  kInVain,  // and will not be
  kBusy,    // nor was it tried: too much else was asked
};

struct WaitHandle {
  WorkerId worker{};
  uint16_t step = 0;  // which wait of the exchange
  uint32_t slot = 0;
  uint32_t generation = 0;
};

}  // namespace sluice
