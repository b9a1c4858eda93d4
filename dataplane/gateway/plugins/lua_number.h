// Numbers as Kong's Lua (LuaJIT) reads and writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"

namespace sluice::gateway {

// As tonumber() reads it: white space around it, a sign, decimal or "0x" with or without a fraction and an exponent,
// "0b" without, and "inf" and "nan". Nothing: it is no number.
std::optional<double> parse_lua_number(std::string_view text);

// As tostring() writes it: no fraction where there is none, fourteen digits at most.
std::string number_text(double number);
// The same in an arena. data() == nullptr: no room.
[[nodiscard]] std::string_view number_text(Arena& arena, double number);

}  // namespace sluice::gateway
