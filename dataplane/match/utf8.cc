#include "match/utf8.h"

#include <cstring>

namespace sluice::match {
namespace {

bool is_ascii(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080u;
  uint64_t bits = 0;
  for (; text.size() >= sizeof bits; text.remove_prefix(sizeof bits)) {
    uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    bits |= word;
  }
  for (char c : text) bits |= static_cast<uint8_t>(c);
  return (bits & kHighBits) == 0;
}

// Bytes of the sequence that `text` begins with (RFC 3629 section 4); 0: there is none.
size_t sequence_length(std::string_view text) {
  const auto is_between = [&](size_t at, uint8_t first, uint8_t last) {
    return at < text.size() && static_cast<uint8_t>(text[at]) >= first && static_cast<uint8_t>(text[at]) <= last;
  };
  const auto is_tail = [&](size_t at) { return is_between(at, 0x80, 0xbf); };
  if (is_between(0, 0x00, 0x7f)) return 1;
  if (is_between(0, 0xc2, 0xdf)) return is_tail(1) ? 2 : 0;
  if (is_between(0, 0xe0, 0xef)) {
    const bool overlong = is_between(0, 0xe0, 0xe0) && is_between(1, 0x80, 0x9f);
    const bool surrogate = is_between(0, 0xed, 0xed) && is_between(1, 0xa0, 0xbf);
    return is_tail(1) && is_tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (is_between(0, 0xf0, 0xf4)) {
    const bool overlong = is_between(0, 0xf0, 0xf0) && is_between(1, 0x80, 0x8f);
    const bool too_high = is_between(0, 0xf4, 0xf4) && is_between(1, 0x90, 0xbf);
    return is_tail(1) && is_tail(2) && is_tail(3) && !overlong && !too_high ? 4 : 0;
  }
  return 0;
}

}  // namespace

Encoding encoding_of(std::string_view text) {
  if (is_ascii(text)) return Encoding::kAscii;
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    if (length == 0) return Encoding::kBroken;
    text.remove_prefix(length);
  }
  return Encoding::kUtf8;
}

}  // namespace sluice::match
