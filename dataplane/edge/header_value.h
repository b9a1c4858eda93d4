// What a claim, or any text, looks like as the value of a header of the schema; and whether it may stand there at all.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "sluice/policy/edge.h"
#include "token/json.h"

namespace sluice::edge {

inline constexpr size_t kMaxHeaderValueBytes = 8192;

// True when `value` can be written as a field value (RFC 9110 section 5.5: no control bytes, no white space around it,
// at most kMaxHeaderValueBytes) and reads as the type that the schema promises: an integer in decimal, true or false,
// an IP address, a time in seconds since 1970, a list with commas between its elements.
bool fits_header(std::string_view value, policy::HeaderType type);

// A claim as text: strings and numbers as they are, true and false, lists with a comma between their elements. Nothing
// for objects, lists of lists, and elements of a list that hold a comma (they could pass for two). White space around a
// string is left out. A list is put together in the arena; so is nothing else.
std::optional<std::string_view> claim_text(const token::json::Value& claim, Arena& arena);

}  // namespace sluice::edge
