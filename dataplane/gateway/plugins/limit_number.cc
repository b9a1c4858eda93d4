#include "gateway/plugins/limit_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

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

}  // namespace

LimitNumber::LimitNumber(double limit)
    : limit_(limit),
      tokens_(static_cast<uint32_t>(std::ceil(std::min(limit, static_cast<double>(UINT32_MAX))))),
      text_(NumberText(limit).view()) {}

std::string_view number_text(Arena& arena, double number) {
  return arena.try_copy(NumberText(number).view());
}

}  // namespace sluice::gateway
