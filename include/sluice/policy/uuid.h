// Uuid: the id of an entity, 16 bytes in network order (RFC 9562 section 4).
//
// Ids order routes of equal priority (the higher wins), so comparison is by bytes, which equals comparison by text.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::policy {

class Uuid {
 public:
  static constexpr size_t kTextLength = 36;

  constexpr Uuid() = default;
  constexpr explicit Uuid(const std::array<uint8_t, 16>& bytes) : bytes_(bytes) {}

  // 8-4-4-4-12 hexadecimal digits of either case, nothing before or after.
  static constexpr std::optional<Uuid> parse(std::string_view text) {
    if (text.size() != kTextLength) return std::nullopt;
    Uuid id;
    size_t digits = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (i == 8 || i == 13 || i == 18 || i == 23) {
        if (text[i] != '-') return std::nullopt;
        continue;
      }
      const int value = digit(text[i]);
      if (value < 0) return std::nullopt;
      id.bytes_[digits / 2] = static_cast<uint8_t>(id.bytes_[digits / 2] << 4 | value);
      ++digits;
    }
    return id;
  }

  // Lower-case text.
  std::string to_string() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(kTextLength);
    for (size_t i = 0; i < bytes_.size(); ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
      text += kDigits[bytes_[i] >> 4];
      text += kDigits[bytes_[i] & 15];
    }
    return text;
  }

  constexpr const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  constexpr bool is_nil() const { return *this == Uuid(); }
  constexpr auto operator<=>(const Uuid&) const = default;

 private:
  static constexpr int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  }

  std::array<uint8_t, 16> bytes_{};
};

}  // namespace sluice::policy

template <>
struct std::hash<sluice::policy::Uuid> {
  size_t operator()(const sluice::policy::Uuid& id) const noexcept {
    size_t low;
    std::memcpy(&low, id.bytes().data() + 8, sizeof low);
    return low;
  }
};
