// Text made in an arena: joined, escaped. Every result with data() == nullptr says that the arena is exhausted.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/arena.h"

namespace sluice::gateway {

// The parts one behind the other. A part with data() == nullptr makes the result so too: failures pass through.
[[nodiscard]] std::string_view concat(Arena& arena, std::initializer_list<std::string_view> parts);

// For the inside of a JSON string (RFC 8259 7): quotes, backslashes and control characters.
[[nodiscard]] std::string_view escape_json(Arena& arena, std::string_view text);

// For text in HTML and XML.
[[nodiscard]] std::string_view escape_markup(Arena& arena, std::string_view text);

// Lower-case ASCII letters; `text` itself when it has no upper-case ones.
[[nodiscard]] std::string_view lower_case(Arena& arena, std::string_view text);

[[nodiscard]] std::string_view to_decimal(Arena& arena, uint64_t number);

}  // namespace sluice::gateway
