// A credential that a request carries under a name in its query or in a body that is read: finding it, hiding it.
//
// For the plugins that authenticate. As Kong's: form, JSON and multipart bodies.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "gateway/context.h"

namespace sluice::gateway {

// What was found under one name.
enum class Presence : uint8_t {
  kAbsent,
  kNoText,  // an argument without a value: there, so that no other place is looked at, but no credential
  kOnce,
  kRepeated,
  kNoMemory,  // nobody knows
};

struct FoundCredential {
  Presence presence = Presence::kAbsent;
  std::string_view key;
};

FoundCredential search_query(Arena& arena, std::string_view query, std::string_view name);
// In context.http.body.
FoundCredential search_body(Context& context, std::string_view name);

// Takes what has this name out of the query for the origin, or out of its body; a body that is not of a kind that can
// be edited stays. False: out of memory.
[[nodiscard]] bool hide_in_query(Context& context, std::string_view name);
[[nodiscard]] bool hide_in_body(Context& context, std::string_view name);

}  // namespace sluice::gateway
