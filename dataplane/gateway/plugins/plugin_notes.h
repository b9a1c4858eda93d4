// Notes: what a plugin remembers of one request from its access phase until its header filter runs.
//
// Kept in the request's arena, listed in its Context, found by the plugin that made them; one that is for other plugins
// has an owner that all of them know (kResponseLimited).
#pragma once

#include <type_traits>

#include "gateway/context.h"

namespace sluice::gateway {

// Owner of a note without content: response-ratelimiting has counted this request, and will set what it tells the
// client.
struct ResponseLimited {};
inline constexpr ResponseLimited kResponseLimited{};

struct PluginNote {
  const void* owner;
  const void* value;
  const PluginNote* next;
};

// Keeps a copy of `value` for `owner`. False: out of memory.
template <typename T, typename Owner>
[[nodiscard]] bool keep_note(Context& context, const Owner& owner, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  Arena& arena = context.http.arena;
  const T* const copy = arena.try_make<T>(value);
  const PluginNote* const note =
      copy == nullptr ? nullptr : arena.try_make<PluginNote>(PluginNote{&owner, copy, context.notes});
  if (note == nullptr) return false;
  context.notes = note;
  return true;
}

// The last note of `owner`; nullptr: it made none. REQUIRES: it was kept as a T.
template <typename T, typename Owner>
const T* find_note(const Context& context, const Owner& owner) {
  for (const PluginNote* note = context.notes; note != nullptr; note = note->next) {
    if (note->owner == &owner) return static_cast<const T*>(note->value);
  }
  return nullptr;
}

}  // namespace sluice::gateway
