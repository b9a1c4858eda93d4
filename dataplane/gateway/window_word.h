// A word that says something of one calendar window: the window's beginning above, a number below. Words of later
// windows compare greater. For the tables of rate_budgets.h, each word of which is changed by compare and swap alone.
#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::gateway {

constexpr uint64_t word(uint32_t start_s, uint32_t low) {
  return uint64_t{start_s} << 32 | low;
}
constexpr uint32_t start_of(uint64_t word) {
  return static_cast<uint32_t>(word >> 32);
}
constexpr uint32_t low_of(uint64_t word) {
  return static_cast<uint32_t>(word);
}
// What a word says of the window that began at `start_s`; 0 where it speaks of another.
constexpr uint32_t low_in(uint64_t word, uint32_t start_s) {
  return start_of(word) == start_s ? low_of(word) : 0;
}

// Every decision is confirmed by a compare and swap of the one word that it is about, so words need no order among
// each other.
inline constexpr auto kOrder = std::memory_order_relaxed;

}  // namespace sluice::gateway
