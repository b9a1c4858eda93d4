// Calendar windows of the rate limits: UTC, as Kong's.
#pragma once

#include <cstdint>

#include "sluice/policy/plugins/rate_limiting.h"
#include "sluice/units.h"

namespace sluice::gateway {

// When the window that `now` lies in began, in seconds since 1970. REQUIRES: 1970 <= now < 2106.
uint32_t window_start(policy::Window window, WallTime now);

// What Kong calls the length of a window, in seconds: a month is 30 days, a year 365.
uint32_t window_length(policy::Window window);

}  // namespace sluice::gateway
