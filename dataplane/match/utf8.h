// How a text is encoded: what a pattern of Characters::kUnicode may be given, and what not. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::match {

enum class Encoding : uint8_t {
  kAscii,
  kUtf8,    // with at least one character beyond ASCII
  kBroken,  // not UTF-8 (RFC 3629): overlong, a surrogate, beyond U+10FFFF, or cut off
};

Encoding encoding_of(std::string_view text);

}  // namespace sluice::match
