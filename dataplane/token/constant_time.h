// Comparison whose time depends on the lengths alone, for secrets, signatures and tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace sluice::token {

inline bool equal_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) {
  if (a.size() != b.size()) return false;
  uint64_t difference = 0;
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= a.size(); i += sizeof(uint64_t)) {
    uint64_t x, y;
    std::memcpy(&x, a.data() + i, sizeof(x));
    std::memcpy(&y, b.data() + i, sizeof(y));
    difference |= x ^ y;
  }
  for (; i < a.size(); ++i) difference |= static_cast<uint64_t>(a[i] ^ b[i]);
  // Hides from the optimiser that only zero or not matters, so that no loop above may end early.
  asm volatile("" : "+r"(difference));
  return difference == 0;
}

}  // namespace sluice::token
