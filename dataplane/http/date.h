// Dates in messages (RFC 9110 5.6.7).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/units.h"

namespace sluice::http {

inline constexpr size_t kDateLength = 29;

// Writes IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT". REQUIRES: a year of 1970 to 9999.
void format_date(WallTime when, std::array<char, kDateLength>& out);

// Reads a date in any of the three forms of RFC 9110 5.6.7: seconds since 1970, or nothing. A year of two digits lies
// in 1970 to 2069. As nginx, it looks neither at the day of the week nor at what follows the time, such as "UTC".
std::optional<int64_t> parse_date(std::string_view text);

// The Date field's value, formatted once a second. Owned by what sends responses on one worker.
class DateCache {
 public:
  // Valid until the next call.
  std::string_view text(WallTime now) {
    if (now.seconds() != second_) {
      second_ = now.seconds();
      format_date(now, text_);
    }
    return {text_.data(), text_.size()};
  }

 private:
  int64_t second_ = -1;
  std::array<char, kDateLength> text_{};
};

}  // namespace sluice::http
