// The arguments of a query that have one name. For whoever must know whether it has seen all of them: a credential that
// there was no memory to read is not one that nobody sent.
#pragma once

#include <optional>
#include <string_view>

#include "base/arena.h"
#include "http/url.h"

namespace sluice::gateway {

// Calls `visit` with the decoded value of each argument of this decoded name, in their order; nothing for one without a
// value ("a" in "a&b=1"). False: there was no memory for one of them, and none behind it was looked at.
template <typename Visit>
[[nodiscard]] bool for_each_named(Arena& arena, std::string_view query, std::string_view name, Visit&& visit) {
  http::QueryReader reader(query);
  while (const std::optional<http::QueryArgument> argument = reader.next()) {
    // Decoding never makes a text longer.
    if (argument->name.size() < name.size()) continue;
    const std::string_view decoded = http::percent_decode(arena, argument->name, http::Plus::kSpace);
    if (decoded.data() == nullptr && !argument->name.empty()) return false;
    if (decoded != name) continue;
    std::optional<std::string_view> value;
    if (argument->has_value) value = http::percent_decode(arena, argument->value, http::Plus::kSpace);
    if (value && value->data() == nullptr && !argument->value.empty()) return false;
    visit(value);
  }
  return true;
}

}  // namespace sluice::gateway
