// Sets of bytes as RFC 9110 and RFC 3986 name them, decided in one table look-up.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::http {

class CharacterSet {
 public:
  constexpr explicit CharacterSet(std::string_view members) {
    for (char c : members) insert(c);
  }
  constexpr CharacterSet with_range(char first, char last) const {
    CharacterSet wider = *this;
    for (int c = first; c <= last; ++c) wider.insert(static_cast<char>(c));
    return wider;
  }
  constexpr CharacterSet with_alphanumeric() const {
    return with_range('0', '9').with_range('A', 'Z').with_range('a', 'z');
  }

  constexpr bool contains(char c) const { return table_[static_cast<uint8_t>(c)]; }
  constexpr bool contains_all(std::string_view text) const {
    for (char c : text) {
      if (!contains(c)) return false;
    }
    return true;
  }

 private:
  constexpr void insert(char c) { table_[static_cast<uint8_t>(c)] = true; }
  std::array<bool, 256> table_{};
};

// RFC 9110 5.6.2.
inline constexpr CharacterSet kTokenBytes = CharacterSet("!#$%&'*+-.^_`|~").with_alphanumeric();

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The value of a hex digit, -1 for any other byte.
constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Without the white space of RFC 9110 5.6.3 at both ends.
constexpr std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// A control byte other than a tab stands in `text` (RFC 9110 5.5 forbids them in field values).
bool has_control(std::string_view text);
// Where the first one stands; text.size() when there is none.
size_t find_control(std::string_view text);

}  // namespace sluice::http
