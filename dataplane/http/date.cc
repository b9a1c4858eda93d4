#include "http/date.h"

#include <algorithm>
#include <chrono>

namespace sluice::http {

namespace {

char* put(char* out, std::string_view text) {
  return std::copy(text.begin(), text.end(), out);
}

char* put_digits(char* out, unsigned value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + width;
}

}  // namespace

void format_date(WallTime when, std::array<char, kDateLength>& out) {
  constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::chrono::sys_seconds seconds{std::chrono::seconds(when.seconds())};
  const auto days = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(days);
  const auto second_of_day = static_cast<unsigned>((seconds - days).count());

  char* at = put(out.data(), kDays.substr(3 * std::chrono::weekday(days).c_encoding(), 3));
  at = put_digits(put(at, ", "), static_cast<unsigned>(date.day()), 2);
  at = put(put(at, " "), kMonths.substr(3 * (static_cast<unsigned>(date.month()) - 1), 3));
  at = put_digits(put(at, " "), static_cast<unsigned>(static_cast<int>(date.year())), 4);
  at = put_digits(put(at, " "), second_of_day / 3600, 2);
  at = put_digits(put(at, ":"), second_of_day / 60 % 60, 2);
  at = put_digits(put(at, ":"), second_of_day % 60, 2);
  put(at, " GMT");
}

}  // namespace sluice::http
