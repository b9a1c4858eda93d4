#include "gateway/plugins/calendar_window.h"

#include <array>
#include <chrono>

namespace sluice::gateway {

namespace {

constexpr std::array<uint32_t, 6> kLengths = {1, 60, 3600, 86400, 2592000, 31536000};

uint32_t seconds_since_1970(std::chrono::sys_days day) {
  return static_cast<uint32_t>(std::chrono::sys_seconds(day).time_since_epoch().count());
}

}  // namespace

uint32_t window_length(policy::Window window) {
  return kLengths[static_cast<size_t>(window)];
}

uint32_t window_start(policy::Window window, WallTime now) {
  const int64_t now_s = now.seconds();
  if (window <= policy::Window::kDay) return static_cast<uint32_t>(now_s - now_s % window_length(window));
  using namespace std::chrono;
  const year_month_day date(floor<days>(sys_seconds(seconds(now_s))));
  const month first_month = window == policy::Window::kMonth ? date.month() : January;
  return seconds_since_1970(date.year() / first_month / 1);
}

}  // namespace sluice::gateway
