// Base64 as tokens and credentials use it (RFC 4648 sections 4 and 5, RFC 7515 section 2).
//
// Called by the JWS decoder, the key readers and the plugins that read Authorization. Nothing here allocates, apart
// from encode_base64url.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::token {

enum class Base64 : uint8_t {
  kUrl,  // base64url: no padding, no slack bits, so that a value has one text only
  // The others end at the first '=', where there is one, and ignore slack bits.
  kLaxUrl,     // '-' and '_', as Kong reads tokens and the secrets of its jwt plugin
  kLaxCommon,  // '+' and '/', as Kong reads the credentials of Authorization
  kLaxEither,  // both alphabets
};

// At most this many bytes come out of `length` characters.
constexpr size_t base64_room(size_t length) {
  return length / 4 * 3 + length % 4;
}

// Decodes into `out`; returns the bytes written, or nothing when `text` is not base64 in this form.
// REQUIRES: out.size() >= base64_room(text.size()).
std::optional<size_t> decode_base64(std::string_view text, Base64 form, std::span<std::byte> out);

// base64url without padding. For the control side: allocates.
std::string encode_base64url(std::span<const std::byte> bytes);

}  // namespace sluice::token
