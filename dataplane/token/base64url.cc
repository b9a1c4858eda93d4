#include "token/base64url.h"

#include <array>

namespace sluice::token {
namespace {

constexpr std::string_view kUrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr uint8_t kLettersAndDigits = 62;
constexpr uint8_t kNoDigit = 0xff;

using Digits = std::array<uint8_t, 256>;

constexpr Digits digits_of(Base64 form) {
  Digits digits{};
  digits.fill(kNoDigit);
  for (uint8_t i = 0; i < kLettersAndDigits; ++i) digits[static_cast<uint8_t>(kUrlAlphabet[i])] = i;
  if (form != Base64::kLaxCommon) {
    digits['-'] = 62;
    digits['_'] = 63;
  }
  if (form == Base64::kLaxCommon || form == Base64::kLaxEither) {
    digits['+'] = 62;
    digits['/'] = 63;
  }
  return digits;
}

// By form.
constexpr std::array<Digits, 4> kDigits = {digits_of(Base64::kUrl), digits_of(Base64::kLaxUrl),
                                           digits_of(Base64::kLaxCommon), digits_of(Base64::kLaxEither)};

}  // namespace

std::optional<size_t> decode_base64(std::string_view text, Base64 form, std::span<std::byte> out) {
  if (form != Base64::kUrl) text = text.substr(0, text.find('='));
  if (text.size() % 4 == 1) return std::nullopt;
  const Digits& digits = kDigits[static_cast<size_t>(form)];

  uint32_t bits = 0;  // the undelivered bits are the low ones
  unsigned bit_count = 0;
  uint8_t invalid = 0;  // has its top bit set once any character was no digit
  size_t written = 0;
  for (const char c : text) {
    const uint8_t digit = digits[static_cast<uint8_t>(c)];
    invalid |= digit;
    bits = bits << 6 | (digit & 0x3f);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      out[written++] = static_cast<std::byte>(bits >> bit_count);
    }
  }
  if ((invalid & 0x80) != 0) return std::nullopt;
  const uint32_t slack = bits & ((1u << bit_count) - 1);
  if (form == Base64::kUrl && slack != 0) return std::nullopt;
  return written;
}

std::string encode_base64url(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  uint32_t bits = 0;
  unsigned bit_count = 0;
  for (const std::byte b : bytes) {
    bits = bits << 8 | static_cast<uint32_t>(b);
    bit_count += 8;
    while (bit_count >= 6) {
      bit_count -= 6;
      text.push_back(kUrlAlphabet[bits >> bit_count & 0x3f]);
    }
  }
  if (bit_count > 0) text.push_back(kUrlAlphabet[bits << (6 - bit_count) & 0x3f]);
  return text;
}

}  // namespace sluice::token
