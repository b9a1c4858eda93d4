#include "http/date.h"

#include <algorithm>
#include <chrono>

#include "http/characters.h"

namespace sluice::http {

namespace {

constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

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

// Takes what a date is made of from the front of a text; what is not there makes the date bad.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  void expect(std::string_view text) {
    good_ = good_ && rest_.starts_with(text);
    if (good_) rest_.remove_prefix(text.size());
  }
  bool next_is(char c) const { return rest_.starts_with(c); }
  int digits(size_t width) {
    int value = 0;
    for (size_t i = 0; i < width; ++i) {
      good_ = good_ && !rest_.empty() && is_digit(rest_[0]);
      if (!good_) return 0;
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  // One of the names in `table`, three letters each: its number from 0.
  int name(std::string_view table) {
    const size_t at = rest_.size() < 3 ? std::string_view::npos : table.find(rest_.substr(0, 3));
    good_ = good_ && at != std::string_view::npos && at % 3 == 0;
    if (!good_) return 0;
    rest_.remove_prefix(3);
    return static_cast<int>(at / 3);
  }
  // "08:49:37" as seconds of the day.
  int time_of_day() {
    const int hour = digits(2);
    expect(":");
    const int minute = digits(2);
    expect(":");
    const int second = digits(2);
    good_ = good_ && hour < 24 && minute < 60 && second < 61;
    return (hour * 60 + minute) * 60 + second;
  }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

struct DateParts {
  int year = 0;
  int month = 0;  // from 0
  int day = 0;
  int second_of_day = 0;
};

// "Nov  6 08:49:37 1994"
DateParts read_asctime(DateReader& reader) {
  DateParts parts;
  parts.month = reader.name(kMonths);
  reader.expect(" ");
  const bool one_digit = reader.next_is(' ');
  if (one_digit) reader.expect(" ");
  parts.day = reader.digits(one_digit ? 1 : 2);
  reader.expect(" ");
  parts.second_of_day = reader.time_of_day();
  reader.expect(" ");
  parts.year = reader.digits(4);
  return parts;
}

// "06 Nov 1994 08:49:37", or with dashes "06-Nov-94 08:49:37".
DateParts read_date_and_time(DateReader& reader) {
  DateParts parts;
  parts.day = reader.digits(2);
  const bool dashes = reader.next_is('-');
  const std::string_view separator = dashes ? "-" : " ";
  reader.expect(separator);
  parts.month = reader.name(kMonths);
  reader.expect(separator);
  if (dashes) {
    const int year = reader.digits(2);
    parts.year = year + (year < 70 ? 2000 : 1900);
  } else {
    parts.year = reader.digits(4);
  }
  reader.expect(" ");
  parts.second_of_day = reader.time_of_day();
  return parts;
}

}  // namespace

std::optional<int64_t> parse_date(std::string_view text) {
  const size_t weekday_end = text.find_first_of(", ");
  if (weekday_end == std::string_view::npos) return std::nullopt;
  const bool asctime = text[weekday_end] == ' ';
  text.remove_prefix(std::min(text.find_first_not_of(' ', weekday_end + 1), text.size()));
  DateReader reader(text);
  const DateParts parts = asctime ? read_asctime(reader) : read_date_and_time(reader);
  using namespace std::chrono;
  const year_month_day date{year(parts.year), month(static_cast<unsigned>(parts.month) + 1),
                            day(static_cast<unsigned>(parts.day))};
  if (!reader.good() || !date.ok()) return std::nullopt;
  return sys_seconds(sys_days(date)).time_since_epoch().count() + parts.second_of_day;
}

void format_date(WallTime when, std::array<char, kDateLength>& out) {
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
