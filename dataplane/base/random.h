// Random: a worker's source of random numbers (xoshiro256**), seeded by the kernel or, in tests, by a printed seed.
//
// Good for ids, jitter and sampling. What must not be guessed from its earlier output (sequence numbers, source ports,
// hash tables under attack) goes through siphash.h with a key taken from here at start.
#pragma once

#include <bit>
#include <cstdint>

namespace sluice {

class Random {
 public:
  explicit Random(uint64_t seed) {
    // SplitMix64 spreads a small seed over the whole state, which must not be all zero.
    for (uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15u;
      uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      word = z ^ (z >> 31);
    }
  }

  uint64_t next() {
    const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound). REQUIRES: bound > 0. The bias of the multiplication is below bound / 2^64.
  uint64_t below(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }

 private:
  uint64_t state_[4];
};

}  // namespace sluice
