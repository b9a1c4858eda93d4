// Letters of ASCII without regard to case, as names of HTTP and DNS compare (RFC 9110 5.1, RFC 4343). No locale.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace sluice {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_lower_of(std::string_view lower_case, std::string_view text) {
  return std::ranges::equal(text, lower_case, {}, to_lower);
}

inline std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), to_lower);
  return result;
}

}  // namespace sluice
