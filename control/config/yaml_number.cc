#include "config/yaml_number.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace sluice::config {

namespace {

constexpr std::string_view kDigits = "0123456789";

bool consists_of(std::string_view text, std::string_view characters, bool or_underscores = false) {
  return std::ranges::all_of(
      text, [&](char c) { return characters.find(c) != std::string_view::npos || (or_underscores && c == '_'); });
}

std::string_view without_leading_underscores(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of('_'), text.size()));
}

std::string without_underscores(std::string_view text) {
  std::string result(text);
  std::erase(result, '_');
  return result;
}

// A number in the form of Lua's tonumber(), which has no sign any more.
std::optional<double> lua_number(const std::string& text) {
  if (text.empty() || !(text[0] == '.' || consists_of(text.substr(0, 1), kDigits))) return std::nullopt;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  return end == text.c_str() + text.size() ? std::optional(number) : std::nullopt;
}

// Digits of base 2 or 8, among which there may be underscores.
std::optional<double> in_base(std::string_view digits, int base, std::string_view characters) {
  if (digits.empty() || digits.front() == '_') return std::nullopt;
  if (!consists_of(digits, characters, true)) return std::nullopt;
  double number = 0;
  for (const char digit : digits) {
    if (digit != '_') number = number * base + (digit - '0');
  }
  return number;
}

std::optional<double> octal(std::string_view text) {
  if (!text.starts_with('0')) return std::nullopt;
  return in_base(without_leading_underscores(text.substr(1)), 8, "01234567");
}

std::optional<double> decimal(std::string_view text) {
  text = without_leading_underscores(text);
  if (text.empty() || !consists_of(text, kDigits, true)) return std::nullopt;
  const auto number = lua_number(without_underscores(text));
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<double> hexadecimal(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  const std::string_view digits = without_leading_underscores(text.substr(2));
  if (digits.empty() || !consists_of(digits, "0123456789abcdefABCDEF", true)) return std::nullopt;
  return lua_number("0x" + without_underscores(digits));
}

// One digit is not enough.
std::optional<double> binary(std::string_view text) {
  if (!text.starts_with("0b")) return std::nullopt;
  const std::string_view digits = without_leading_underscores(text.substr(2));
  return digits.size() < 2 ? std::nullopt : in_base(digits, 2, "01");
}

// Groups of digits with colons between them, of which only the first pair is looked at.
std::optional<double> base_sixty(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == text.size()) return std::nullopt;
  if (text[colon + 1] == ':' || !consists_of(text, "0123456789:")) return std::nullopt;
  double number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(':', begin), text.size());
    if (end > begin) number = number * 60 + lua_number(std::string(text.substr(begin, end - begin))).value_or(0);
    begin = end + 1;
  }
  return number;
}

std::optional<double> base_sixty_fraction(std::string_view text) {
  const size_t point = text.find('.');
  if (point == std::string_view::npos) return std::nullopt;
  const std::string_view fraction = text.substr(point);
  if (fraction.size() < 2 || !consists_of(fraction.substr(1), kDigits)) return std::nullopt;
  const auto whole = base_sixty(text.substr(0, point));
  return whole ? std::optional(*whole + *lua_number(std::string(fraction))) : std::nullopt;
}

std::optional<double> fraction_or_exponent(std::string_view text) {
  if (text.find_first_of(".eE") == std::string_view::npos) return std::nullopt;
  return lua_number(without_underscores(text));
}

std::optional<double> infinity(std::string_view text) {
  const bool is_infinity = text == ".inf" || text == ".Inf" || text == ".INF";
  return is_infinity ? std::optional(std::numeric_limits<double>::infinity()) : std::nullopt;
}

// Each form with a sign or without; the first one that fits counts.
template <typename... Forms>
std::optional<double> signed_number(std::string_view text, Forms... forms) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::optional<double> number;
  ((number = forms(text)) || ...);
  return number && negative ? std::optional(-*number) : number;
}

}  // namespace

std::optional<double> whole_number(std::string_view text) {
  return signed_number(text, octal, decimal, hexadecimal, binary, base_sixty);
}

std::optional<double> real_number(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return std::numeric_limits<double>::quiet_NaN();
  return signed_number(text, fraction_or_exponent, infinity, base_sixty_fraction);
}

std::optional<double> yaml_number(std::string_view text) {
  const auto whole = whole_number(text);
  return whole ? whole : real_number(text);
}

}  // namespace sluice::config
