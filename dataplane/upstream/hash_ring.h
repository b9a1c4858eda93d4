// HashRing: where the targets of a consistent-hashing upstream stand on Kong's ring, so that whoever stuck to a target
// there sticks to the same one here.
//
// Kong's continuum: `slots` points, each target on about 160 of them (more or fewer by its weight), placed by the
// XXH32 of "address::port number"; a key belongs to the target whose point is at, or next below, that of its own XXH32.
// Built by the compiler of snapshots, then immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

class HashRing {
 public:
  // What the ring says of a target: its index in the upstream, and what places it.
  struct Member {
    std::string host;  // address or name, lower case
    uint16_t port = 0;
    uint16_t weight = 1;  // at least 1
  };

  // An empty ring: of an upstream that hashes nothing.
  HashRing() = default;
  // slots: points of the ring; enlarged where Kong's least (1,000) or the number of members asks for it. known_targets:
  // members and those of weight 0, which count in a target's share of the points.
  HashRing(std::span<const Member> members, uint32_t slots, size_t known_targets);

  static uint32_t hash(std::string_view key);

  // The first target that `accept(index)` takes, walking down from where `key_hash` stands; -1: none.
  template <typename Accept>
  int32_t find(uint32_t key_hash, Accept&& accept) const {
    size_t at = first(key_hash);
    for (size_t n = 0; n < points_.size(); ++n) {
      if (accept(size_t{points_[at].member})) return points_[at].member;
      at = (at == 0 ? points_.size() : at) - 1;
    }
    return -1;
  }

  size_t points() const { return points_.size(); }

 private:
  struct Point {
    uint32_t position;
    uint16_t member;
  };
  size_t first(uint32_t key_hash) const;

  uint32_t slots_ = 1;
  std::vector<Point> points_;  // taken ones, by position
};

}  // namespace sluice::upstream
