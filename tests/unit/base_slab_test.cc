#include "base/slab.h"

#include <gtest/gtest.h>

#include <set>
#include <unordered_map>
#include <vector>

#include "base/random.h"

namespace sluice {
namespace {

struct Counted {
  explicit Counted(int& alive, uint64_t v = 0) : living(alive), value(v) { ++living; }
  ~Counted() { --living; }
  int& living;
  uint64_t value;
};

TEST(Slab, Take_ConstructsUntilFull) {
  int alive = 0;
  Slab<Counted> slab(2);
  EXPECT_NE(slab.try_take(alive), nullptr);
  EXPECT_NE(slab.try_take(alive), nullptr);
  EXPECT_EQ(slab.try_take(alive), nullptr);
  EXPECT_EQ(slab.size(), 2u);
  EXPECT_EQ(alive, 2);
}

TEST(Slab, Release_DestroysAndFreesTheSlot) {
  int alive = 0;
  Slab<Counted> slab(1);
  slab.release(slab.try_take(alive));
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(slab.size(), 0u);
  EXPECT_NE(slab.try_take(alive), nullptr);
}

TEST(Slab, Destructor_DestroysWhatIsLeft) {
  int alive = 0;
  {
    Slab<Counted> slab(8);
    ASSERT_NE(slab.try_take(alive), nullptr);
    slab.release(slab.try_take(alive));
    ASSERT_NE(slab.try_take(alive), nullptr);
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Slab, Handle_FindsItsObject) {
  int alive = 0;
  Slab<Counted> slab(4);
  Counted* object = slab.try_take(alive, 7u);
  EXPECT_EQ(slab.find(slab.handle(object)), object);
}

TEST(Slab, Handle_GoesStaleOnReleaseAndStaysSoOnReuse) {
  int alive = 0;
  Slab<Counted> slab(1);
  Counted* first = slab.try_take(alive);
  const SlabHandle handle = slab.handle(first);
  slab.release(first);
  EXPECT_EQ(slab.find(handle), nullptr);
  Counted* second = slab.try_take(alive);
  EXPECT_EQ(slab.find(handle), nullptr);
  EXPECT_EQ(slab.find(slab.handle(second)), second);
}

TEST(Slab, Handle_OfNothingAndOfAnotherSlabFindNothing) {
  Slab<int> slab(4);
  ASSERT_NE(slab.try_take(1), nullptr);
  EXPECT_EQ(slab.find(SlabHandle{}), nullptr);
  EXPECT_EQ(slab.find(SlabHandle{3, 1}), nullptr);
  EXPECT_EQ(slab.find(SlabHandle{UINT32_MAX, UINT32_MAX}), nullptr);
}

TEST(Slab, ForEach_MayReleaseTheOneItIsGiven) {
  Slab<int> slab(8);
  for (int i = 0; i < 8; ++i) ASSERT_NE(slab.try_take(i), nullptr);
  slab.for_each([&](int& value) {
    if (value % 2 == 0) slab.release(&value);
  });
  std::multiset<int> left;
  slab.for_each([&](int& value) { left.insert(value); });
  EXPECT_EQ(left, (std::multiset<int>{1, 3, 5, 7}));
}

TEST(Slab, LargeCapacity_CostsAddressSpaceOnly) {
  struct Large {
    std::byte room[4096];
  };
  Slab<Large> slab(1u << 24);  // 64 GiB
  EXPECT_EQ(slab.capacity(), 1u << 24);
  EXPECT_NE(slab.try_take(), nullptr);
}

TEST(Slab, Alignment_IsThatOfTheType) {
  struct alignas(64) Line {
    char c;
  };
  Slab<Line> slab(16);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(slab.try_take()) % 64, 0u);
  }
}

class SlabModel : public ::testing::TestWithParam<uint64_t> {};

TEST_P(SlabModel, AgreesWithAMap) {
  Random random(GetParam());
  int alive = 0;
  Slab<Counted> slab(50);
  std::unordered_map<uint64_t, Counted*> live;
  std::vector<std::pair<SlabHandle, uint64_t>> handles;  // every one ever given, and the value it named
  for (uint64_t step = 0; step < 20'000; ++step) {
    if (random.below(2) == 0) {
      Counted* taken = slab.try_take(alive, step);
      ASSERT_EQ(taken == nullptr, live.size() == 50) << "seed " << GetParam();
      if (taken == nullptr) continue;
      live[step] = taken;
      handles.emplace_back(slab.handle(taken), step);
    } else if (!live.empty()) {
      const auto victim = std::next(live.begin(), static_cast<long>(random.below(live.size())));
      slab.release(victim->second);
      live.erase(victim);
    }
    ASSERT_EQ(slab.size(), live.size());
    ASSERT_EQ(static_cast<size_t>(alive), live.size());
    if (handles.empty()) continue;
    const auto& [handle, value] = handles[random.below(handles.size())];
    const auto expected = live.find(value);
    Counted* found = slab.find(handle);
    ASSERT_EQ(found, expected == live.end() ? nullptr : expected->second) << "seed " << GetParam();
    if (found != nullptr) {
      ASSERT_EQ(found->value, value);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SlabModel, ::testing::Range<uint64_t>(1, 6));

}  // namespace
}  // namespace sluice
