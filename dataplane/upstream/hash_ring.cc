#include "upstream/hash_ring.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <numeric>

namespace sluice::upstream {

namespace {

constexpr uint32_t kLeastSlots = 1000;
constexpr size_t kPointsATarget = 160;
constexpr uint16_t kFree = 0xFFFF;

// Kong's, as long as the points of all targets fit; beyond that, so few that half of the ring stays free.
size_t points_a_target(size_t targets, uint32_t slots) {
  return targets * kPointsATarget <= slots ? kPointsATarget : std::max<size_t>(1, slots / (2 * targets));
}

// Collisions depend on the order, so it is by name, not by that of the file.
std::vector<size_t> by_name(std::span<const HashRing::Member> members) {
  std::vector<size_t> order(members.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    return members[a].host != members[b].host ? members[a].host < members[b].host : members[a].port < members[b].port;
  });
  return order;
}

}  // namespace

uint32_t HashRing::hash(std::string_view key) {
  return XXH32(key.data(), key.size(), 0);
}

HashRing::HashRing(std::span<const Member> members, uint32_t slots, size_t known_targets)
    : slots_(std::max({slots, kLeastSlots, static_cast<uint32_t>(2 * members.size())})) {
  std::vector<uint16_t> owners(slots_, kFree);
  uint64_t all_weight = 0;
  for (const Member& member : members) all_weight += member.weight;
  const size_t average = points_a_target(known_targets, slots_);
  for (const size_t index : by_name(members)) {
    const Member& member = members[index];
    const std::string prefix = member.host + "::" + std::to_string(member.port) + " ";
    size_t left = std::max<size_t>(1, member.weight * known_targets * average / all_weight);
    // A point that is taken already is made up for by a further one.
    for (uint32_t i = 1; left > 0 && i <= slots_; ++i) {
      uint16_t& owner = owners[hash(prefix + std::to_string(i)) % slots_];
      if (owner != kFree) continue;
      owner = static_cast<uint16_t>(index);
      --left;
    }
  }
  for (uint32_t position = 0; position < slots_; ++position) {
    if (owners[position] != kFree) points_.push_back({position, owners[position]});
  }
}

// The last point at or below the key's, or, below the lowest, the highest one.
size_t HashRing::first(uint32_t key_hash) const {
  const auto above = std::ranges::upper_bound(points_, key_hash % slots_, {}, &Point::position);
  const auto index = static_cast<size_t>(above - points_.begin());
  return (index == 0 ? points_.size() : index) - 1;
}

}  // namespace sluice::upstream
