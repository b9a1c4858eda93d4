// Looking into a query, and taking an argument out of it, as Kong's plugins do.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "http/url.h"

namespace sluice::gateway {

// The value of an argument, decoded; nothing for one without a value ("a" in "a&b=1").
std::optional<std::string_view> decoded_value(Arena& arena, const http::QueryArgument& argument);
// True when the argument's name, decoded, is `name`.
bool is_named(Arena& arena, const http::QueryArgument& argument, std::string_view name);

struct ArgumentValues {
  size_t count = 0;                       // how many arguments have the name
  std::optional<std::string_view> first;  // the decoded value of the first; nothing for one without a value
};
// Finds arguments by their decoded name.
ArgumentValues find_argument(Arena& arena, std::string_view query, std::string_view name);

// The query without the arguments of this name, the others encoded again as a form is (a space becomes '+', "a" becomes
// "a="). data() == nullptr: no room.
[[nodiscard]] std::string_view remove_argument(Arena& arena, std::string_view query, std::string_view name);

}  // namespace sluice::gateway
