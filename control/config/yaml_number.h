// What a scalar of YAML has to look like to be a number, and which: as lyaml reads it, which reads Kong's files
// (lyaml 6.2.8, lib/lyaml/implicit.lua, on the numbers of LuaJIT). Pure functions over text.
#pragma once

#include <optional>
#include <string_view>

namespace sluice::config {

// 12, 010 (octal), 0x1f, 0b101, 1_000, 12:30 (base 60), each with a sign or without. Nothing: it is none of them.
// lyaml fails at an octal or binary number that ends in '_'.
std::optional<double> whole_number(std::string_view text);

// 1.5, 1., .5, 1e3, 1_0.5, 0x1.8p1, 12:30.5, .inf, -.inf, .nan. Nothing: it is none of them.
std::optional<double> real_number(std::string_view text);

// Either.
std::optional<double> yaml_number(std::string_view text);

}  // namespace sluice::config
