// Regexes as they stand in a policy: PCRE2's syntax. Only looked at here; workers compile their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

// Why `pattern` is not a regex, in PCRE2's words; empty if it is one.
std::string check_regex(std::string_view pattern);

// The same of a route's path, which is matched by characters, not bytes, and as nginx's Lua module says it, which is
// how Kong does.
std::string path_regex_error(std::string_view pattern);

// How many groups it captures; 0 if it is no regex.
uint32_t capture_count(std::string_view pattern);

// Why `text` is no replacement for a regex of `captures` groups: "$0" to "$9" stand for what was captured, "$$" for
// "$". Empty if it is one. Without a regex nothing is captured.
std::string check_replacement(std::string_view text, std::optional<uint32_t> captures);

}  // namespace sluice::config
