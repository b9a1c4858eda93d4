// Texts put together in an exchange's arena.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string_view>

#include "base/arena.h"

namespace sluice::edge {

// The pieces one after the other; data() == nullptr: out of memory.
[[nodiscard]] inline std::string_view concatenate(Arena& arena, std::initializer_list<std::string_view> pieces) {
  size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  const std::span<char> room = arena.try_array<char>(size == 0 ? 1 : size);
  if (room.empty()) return {};
  char* write = room.data();
  for (const std::string_view piece : pieces) {
    if (!piece.empty()) std::memcpy(write, piece.data(), piece.size());
    write += piece.size();
  }
  return {room.data(), size};
}

}  // namespace sluice::edge
