// WindowLimits: so many of something in each calendar window, as the rate limiting plugins of Kong say it.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/policy/field.h"

namespace sluice::policy {

enum class Window : uint8_t { kSecond, kMinute, kHour, kDay, kMonth, kYear };
constexpr std::array<std::string_view, 6> names_of(Window) {
  return {"second", "minute", "hour", "day", "month", "year"};
}

// At index static_cast<size_t>(Window); none: not limited.
using WindowLimits = std::array<std::optional<double>, 6>;

// One field a window.
template <typename Limits, typename V>
void visit_windows(Limits& limits, V& visit, std::string_view help) {
  for (size_t i = 0; i < limits.size(); ++i) {
    visit(to_text(static_cast<Window>(i)), limits[i], {.help = help, .above = 0});
  }
}

// Complains when no window is given, and when a longer window allows less than a shorter one; of several such pairs
// about the first, as Kong does. A limit that is given and cannot be taken was complained of by itself. `article`:
// "The" or "the", as Kong has it. `prefix`: of the names in the complaint about none. False: it complained about a
// pair.
inline bool check_windows(const WindowLimits& limits, Complaints& complaints, std::string_view article,
                          std::string_view prefix) {
  const auto text = [&limits](size_t window) {
    std::array<char, 320> number;  // 309 digits before the point
    const auto end =
        std::to_chars(number.data(), number.data() + number.size(), *limits[window], std::chars_format::fixed, 1).ptr;
    return std::string(to_text(static_cast<Window>(window))) + "(" + std::string(number.data(), end) + ")";
  };
  for (size_t shorter = 0; shorter < limits.size(); ++shorter) {
    if (!limits[shorter]) continue;
    for (size_t longer = shorter + 1; longer < limits.size(); ++longer) {
      if (!limits[longer] || *limits[longer] >= *limits[shorter]) continue;
      complaints.field("", std::string(article) + " limit for " + text(longer) +
                               " cannot be lower than the limit for " + text(shorter));
      return false;
    }
  }
  std::string names;
  for (const std::string_view name : names_of(Window())) {
    if (complaints.given(name) != Complaints::Given::kNot) return true;
    if (!names.empty()) names += ", ";
    names.append("'").append(prefix).append(name).append("'");
  }
  complaints.entity("at least one of these fields must be non-empty: " + names);
  return true;
}

}  // namespace sluice::policy
