#include "gateway/plugins/trace_ids.h"

#include <algorithm>
#include <charconv>

#include "http/characters.h"
#include "sluice/trace_context.h"

namespace sluice::gateway {

bool parse_hex_id(std::string_view text, std::span<uint8_t> id) {
  if (text.empty() || text.size() > 2 * id.size()) return false;
  std::ranges::fill(id, uint8_t{0});
  size_t place = 2 * id.size() - text.size();  // counted in digits
  for (const char c : text) {
    const int digit = http::hex_digit(c);
    if (digit < 0) return false;
    id[place / 2] = static_cast<uint8_t>(id[place / 2] << 4 | digit);
    ++place;
  }
  return true;
}

bool parse_decimal_id(std::string_view text, std::span<uint8_t> id) {
  if (text.empty()) return false;
  std::ranges::fill(id, uint8_t{0});
  for (const char c : text) {
    if (!http::is_digit(c)) return false;
    auto carry = static_cast<unsigned>(c - '0');
    for (size_t i = id.size(); i-- > 0;) {
      carry += id[i] * 10u;
      id[i] = static_cast<uint8_t>(carry);
      carry >>= 8;
    }
    if (carry != 0) return false;
  }
  return true;
}

bool is_zero(std::span<const uint8_t> id) {
  return std::ranges::all_of(id, [](uint8_t byte) { return byte == 0; });
}

IdText& IdText::add(std::string_view text) {
  if (text.size() > text_.size() - size_) return *this;
  std::ranges::copy(text, text_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += text.size();
  return *this;
}

IdText& IdText::add_hex(std::span<const uint8_t> id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const uint8_t byte : id) {
    add(kDigits.substr(byte >> 4, 1));
    add(kDigits.substr(byte & 15, 1));
  }
  return *this;
}

IdText& IdText::add_decimal(std::span<const uint8_t> id) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), id_number(id.last<8>())).ptr;
  return add({digits.data(), static_cast<size_t>(end - digits.data())});
}

}  // namespace sluice::gateway
