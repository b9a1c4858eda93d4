#include <gtest/gtest.h>

#include <map>
#include <set>

#include "upstream/hash_ring.h"

namespace sluice::upstream {
namespace {

std::vector<HashRing::Member> members(size_t count, uint16_t weight = 100) {
  std::vector<HashRing::Member> all;
  for (size_t i = 0; i < count; ++i) all.push_back({"198.18.1." + std::to_string(i), 80, weight});
  return all;
}

int32_t owner(const HashRing& ring, std::string_view key) {
  return ring.find(HashRing::hash(key), [](size_t) { return true; });
}

std::map<int32_t, int> spread(const HashRing& ring, int keys) {
  std::map<int32_t, int> counts;
  for (int i = 0; i < keys; ++i) ++counts[owner(ring, "key-" + std::to_string(i))];
  return counts;
}

// XXH32 with seed 0, as in its published test vectors.
TEST(HashRing, Hash_IsXxh32) {
  EXPECT_EQ(HashRing::hash(""), 0x02CC5D05u);
}

TEST(HashRing, EqualTargets_Get160PointsEach) {
  EXPECT_EQ(HashRing(members(4), 10000, 4).points(), 640u);
}

TEST(HashRing, TargetOfWeightZero_CountsInTheSharesAsInKong) {
  EXPECT_EQ(HashRing(members(1), 10000, 2).points(), 320u);
}

TEST(HashRing, Keys_FollowTheWeights) {
  std::vector<HashRing::Member> targets = members(2);
  targets[1].weight = 300;
  const auto counts = spread(HashRing(targets, 10000, 2), 4000);
  EXPECT_NEAR(counts.at(0), 1000, 250);
  EXPECT_NEAR(counts.at(1), 3000, 250);
}

TEST(HashRing, OrderOfTheFile_MovesNoKey) {
  std::vector<HashRing::Member> targets = members(5);
  const HashRing before(targets, 10000, 5);
  std::reverse(targets.begin(), targets.end());
  const HashRing after(targets, 10000, 5);
  for (int i = 0; i < 200; ++i) {
    const std::string key = std::to_string(i);
    EXPECT_EQ(owner(before, key), 4 - owner(after, key));
  }
}

TEST(HashRing, NewTarget_TakesItsShareAndNoMore) {
  const HashRing before(members(4), 10000, 4);
  const HashRing after(members(5), 10000, 5);
  int moved = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = std::to_string(i);
    if (owner(before, key) == owner(after, key)) continue;
    ++moved;
    EXPECT_EQ(owner(after, key), 4);
  }
  EXPECT_NEAR(moved, 200, 80);
}

TEST(HashRing, TargetThatIsOut_LeavesOnlyItsOwnKeys) {
  const HashRing ring(members(4), 10000, 4);
  for (int i = 0; i < 200; ++i) {
    const uint32_t hash = HashRing::hash(std::to_string(i));
    const int32_t all = ring.find(hash, [](size_t) { return true; });
    const int32_t without = ring.find(hash, [](size_t index) { return index != 2; });
    EXPECT_TRUE(all == 2 ? without != 2 : without == all);
  }
}

TEST(HashRing, ManyTargetsInFewSlots_EachGetAPlace) {
  const HashRing ring(members(200), 1000, 200);
  std::set<int32_t> owners;
  for (uint32_t hash = 0; hash < 1000; ++hash) owners.insert(ring.find(hash, [](size_t) { return true; }));
  EXPECT_EQ(owners.size(), 200u);
}

TEST(HashRing, WithoutTargets_FindsNone) {
  EXPECT_EQ(owner(HashRing({}, 10000, 0), "key"), -1);
}

}  // namespace
}  // namespace sluice::upstream
