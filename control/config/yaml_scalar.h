// What a YAML scalar is and what number, time or size it stands for. Pure functions over text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "config/yaml_tree.h"
#include "sluice/units.h"

namespace sluice::config {

// The kind of a scalar by its explicit tag or, for a plain one without, by the rules for null, booleans and numbers of
// lyaml, which reads Kong's files (6.2.8, lib/lyaml/implicit.lua and explicit.lua). Quoted scalars are strings. Nothing
// for a tag that is not one of these, or that the text does not fit.
std::optional<YamlKind> resolve_scalar(std::string_view tag, bool plain, std::string_view text, NumberForms numbers);

// "true", "yes", "on" in YAML 1.1's spellings. REQUIRES: the scalar resolved to a boolean.
bool to_bool(std::string_view text);

// A finite number; nothing if `text` is not one. "5", "-1", "0.5", "1e3", "010" (8).
std::optional<double> to_number(std::string_view text);

// The same if it is whole and fits: "5" and "5.0".
std::optional<int64_t> to_integer(std::string_view text);

// Digits and one of us, ms, s, m, h, d: "50us", "1500ms", "60s". "0" needs no unit. Nothing on overflow.
std::optional<Duration> to_duration(std::string_view text);

// Digits, and no unit or one of B, KiB, MiB, GiB: "65536", "64KiB". Nothing on overflow.
std::optional<uint64_t> to_bytes(std::string_view text);

}  // namespace sluice::config
