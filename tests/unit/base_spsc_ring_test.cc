#include "base/spsc_ring.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace sluice {
namespace {

TEST(SpscRing, Pop_ReturnsInTheOrderOfPush) {
  SpscRing<int> ring(4);
  EXPECT_TRUE(ring.try_push(1));
  EXPECT_TRUE(ring.try_push(2));
  int out = 0;
  EXPECT_TRUE(ring.try_pop(out));
  EXPECT_EQ(out, 1);
  EXPECT_TRUE(ring.try_pop(out));
  EXPECT_EQ(out, 2);
  EXPECT_FALSE(ring.try_pop(out));
}

TEST(SpscRing, Capacity_IsRoundedUpToAPowerOfTwo) {
  EXPECT_EQ(SpscRing<int>(0).capacity(), 2u);
  EXPECT_EQ(SpscRing<int>(5).capacity(), 8u);
  EXPECT_EQ(SpscRing<int>(8).capacity(), 8u);
}

TEST(SpscRing, Full_RefusesAndLeavesTheItemAlone) {
  SpscRing<std::unique_ptr<int>> ring(2);
  EXPECT_TRUE(ring.try_push(std::make_unique<int>(1)));
  EXPECT_TRUE(ring.try_push(std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  EXPECT_FALSE(ring.try_push(std::move(third)));
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(*third, 3);
}

TEST(SpscRing, ReservedSlot_IsSeenWhenCommittedOnly) {
  SpscRing<int> ring(2);
  *ring.try_reserve() = 7;
  int out = 0;
  EXPECT_FALSE(ring.try_pop(out));
  ring.commit();
  EXPECT_TRUE(ring.try_push(8));
  EXPECT_EQ(ring.try_reserve(), nullptr);
  EXPECT_TRUE(ring.try_pop(out));
  EXPECT_EQ(out, 7);
}

TEST(SpscRing, Popped_LeavesRoomForOneMore) {
  SpscRing<int> ring(2);
  int out = 0;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(ring.try_push(i));
    ASSERT_EQ(ring.size(), 1u);
    ASSERT_TRUE(ring.try_pop(out));
    ASSERT_EQ(out, i);
  }
}

// Every item crosses once, in order and whole, whatever the two threads' pace. The item is wider than a word, so a
// torn or early read would show.
TEST(SpscRing, TwoThreads_LoseRepeatAndTearNothing) {
  struct Item {
    uint64_t number = 0;
    uint64_t complement = ~uint64_t{0};
    uint64_t square = 0;
  };
  constexpr uint64_t kItems = 100'000;
  SpscRing<Item> ring(64);
  std::thread producer([&] {
    for (uint64_t i = 0; i < kItems; ++i) {
      while (!ring.try_push(Item{i, ~i, i * i})) std::this_thread::yield();
    }
  });
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < kItems; ++i) {
    Item item;
    while (!ring.try_pop(item)) std::this_thread::yield();
    wrong += item.number != i || item.complement != ~i || item.square != i * i;
  }
  producer.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(ring.size(), 0u);
}

}  // namespace
}  // namespace sluice
