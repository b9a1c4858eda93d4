// The ids of traces and spans as text: hex digits, or, with Datadog and Google, decimal ones.
//
// Ids of fewer bytes than there is room for stand at its end, behind zeros, as Kong keeps them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::gateway {

// False: not hex digits alone, none, or more than `id` has room for.
[[nodiscard]] bool parse_hex_id(std::string_view text, std::span<uint8_t> id);

// False: not decimal digits alone, none, or a number beyond `id`.
[[nodiscard]] bool parse_decimal_id(std::string_view text, std::span<uint8_t> id);

bool is_zero(std::span<const uint8_t> id);

// Text of an id and what stands around it, made in place. The longest is a traceparent, of 55 bytes; what has no room
// is left out.
class IdText {
 public:
  IdText& add(std::string_view text);
  IdText& add_hex(std::span<const uint8_t> id);
  IdText& add_decimal(std::span<const uint8_t> id);  // of the last eight bytes
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 96> text_;
  size_t size_ = 0;
};

}  // namespace sluice::gateway
