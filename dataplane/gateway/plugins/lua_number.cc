#include "gateway/plugins/lua_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include "http/characters.h"
#include "http/header_map.h"
#include "sluice/ascii.h"

namespace sluice::gateway {

namespace {

struct NumberText {
  explicit NumberText(double number) {
    const auto written = std::to_chars(room.data(), room.data() + room.size(), number, std::chars_format::general, 14);
    size = static_cast<size_t>(written.ptr - room.data());
  }
  std::string_view view() const { return {room.data(), size}; }

  std::array<char, 32> room;  // a sign, fourteen digits, a point, an exponent
  size_t size;
};

// isspace() of C.
std::string_view without_space(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool has_prefix(std::string_view text, char letter) {
  return text.size() > 2 && text[0] == '0' && to_lower(text[1]) == letter;
}

std::optional<double> parse_binary(std::string_view digits) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 2);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<double> parse_float(std::string_view digits, std::chars_format format) {
  // What std::from_chars() takes beyond that is told apart by the first byte: a sign, or a word.
  const bool begins = digits[0] == '.' || http::is_digit(digits[0]) ||
                      (format == std::chars_format::hex && http::hex_digit(digits[0]) >= 0);
  if (!begins) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, format);
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Too small, or too large: which of them is not told.
    return digits.find('-') == std::string_view::npos ? std::numeric_limits<double>::infinity() : 0;
  }
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

std::optional<double> parse_magnitude(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (http::iequals(text, "inf") || http::iequals(text, "infinity")) return std::numeric_limits<double>::infinity();
  if (http::iequals(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (has_prefix(text, 'b')) return parse_binary(text.substr(2));
  if (has_prefix(text, 'x')) return parse_float(text.substr(2), std::chars_format::hex);
  return parse_float(text, std::chars_format::general);
}

}  // namespace

std::optional<double> parse_lua_number(std::string_view text) {
  text = without_space(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::optional<double> magnitude = parse_magnitude(text);
  return magnitude && negative ? -*magnitude : magnitude;
}

std::string number_text(double number) {
  return std::string(NumberText(number).view());
}

std::string_view number_text(Arena& arena, double number) {
  return arena.try_copy(NumberText(number).view());
}

}  // namespace sluice::gateway
