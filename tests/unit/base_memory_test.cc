// Arena and BlockPool: bounded memory that is given back all at once.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/arena.h"
#include "base/block_pool.h"
#include "base/random.h"

namespace sluice {
namespace {

TEST(BlockPool, Take_GivesTheSmallestSizeThatHolds) {
  BlockPool pool(1 << 20);
  for (const auto& [bytes, size] : {std::pair{1, 4096}, {4096, 4096}, {4097, 16384}, {65536, 65536}}) {
    const auto block = pool.take(static_cast<size_t>(bytes));
    EXPECT_EQ(block.size, static_cast<size_t>(size));
    pool.release(block);
  }
}

TEST(BlockPool, Take_RefusesMoreThanTheLargest) {
  BlockPool pool(1 << 20);
  EXPECT_EQ(pool.take(BlockPool::kLargest + 1).data, nullptr);
  EXPECT_EQ(pool.in_use_bytes(), 0u);
}

TEST(BlockPool, Budget_RefusesUntilSomethingIsReleased) {
  BlockPool pool(8192);
  const auto first = pool.take(1);
  const auto second = pool.take(1);
  EXPECT_EQ(pool.take(1).data, nullptr);
  pool.release(first);
  const auto third = pool.take(1);
  EXPECT_NE(third.data, nullptr);
  pool.release(second);
  pool.release(third);
  EXPECT_EQ(pool.in_use_bytes(), 0u);
}

TEST(BlockPool, Released_BlockIsTakenAgain) {
  BlockPool pool(1 << 20);
  const auto first = pool.take(1);
  pool.release(first);
  const auto second = pool.take(1);
  EXPECT_EQ(first.data, second.data);
  pool.release(second);
}

// Without that, a change of sizes would hold the budget several times over.
TEST(BlockPool, FreeBlocksOfOtherSizes_MakeRoomWithinTheBudget) {
  BlockPool pool(65536);
  std::vector<BlockPool::Block> small;
  for (int i = 0; i < 16; ++i) small.push_back(pool.take(4096));
  for (const auto& block : small) pool.release(block);
  const auto large = pool.take(65536);
  EXPECT_NE(large.data, nullptr);
  EXPECT_EQ(pool.in_use_bytes(), 65536u);
  pool.release(large);
}

TEST(Arena, Unused_HoldsNoBlock) {
  BlockPool pool(1 << 20);
  Arena arena(pool);
  EXPECT_EQ(pool.in_use_bytes(), 0u);
}

TEST(Arena, Clear_GivesEverythingBack) {
  BlockPool pool(1 << 20);
  Arena arena(pool);
  for (int i = 0; i < 100; ++i) ASSERT_NE(arena.try_allocate(1000), nullptr);
  EXPECT_GT(pool.in_use_bytes(), 0u);
  arena.clear();
  EXPECT_EQ(pool.in_use_bytes(), 0u);
  EXPECT_NE(arena.try_allocate(10), nullptr);
}

TEST(Arena, Allocation_LargestFitsOneMoreDoesNot) {
  BlockPool pool(1 << 20);
  Arena arena(pool);
  EXPECT_NE(arena.try_allocate(Arena::kLargestAllocation), nullptr);
  EXPECT_EQ(arena.try_allocate(Arena::kLargestAllocation + 1), nullptr);
}

TEST(Arena, EmptyPool_RefusesAndRecovers) {
  BlockPool pool(4096);
  Arena arena(pool);
  ASSERT_NE(arena.try_allocate(4000), nullptr);
  EXPECT_EQ(arena.try_allocate(4000), nullptr);
  arena.clear();
  EXPECT_NE(arena.try_allocate(4000), nullptr);
}

TEST(Arena, Array_OfHugeCountIsRefused) {
  BlockPool pool(1 << 20);
  Arena arena(pool);
  EXPECT_TRUE(arena.try_array<uint64_t>(SIZE_MAX).empty());
  EXPECT_TRUE(arena.try_array<uint64_t>(SIZE_MAX / 8 + 2).empty());
  EXPECT_EQ(arena.try_array<uint64_t>(3).size(), 3u);
}

TEST(Arena, Copy_OfNothingIsNotARefusal) {
  BlockPool pool(1 << 20);
  Arena arena(pool);
  EXPECT_NE(arena.try_copy("").data(), nullptr);
  EXPECT_EQ(arena.try_copy("text"), "text");
}

class ArenaModel : public ::testing::TestWithParam<uint64_t> {};

TEST_P(ArenaModel, PiecesAreAlignedAndNeverOverlap) {
  Random random(GetParam());
  BlockPool pool(4 << 20);
  Arena arena(pool);
  struct Piece {
    std::byte* at;
    size_t size;
    std::byte fill;
  };
  std::vector<Piece> pieces;
  for (int i = 0; i < 2000; ++i) {
    const size_t alignment = size_t{1} << random.below(5);
    const size_t size = random.below(2) == 0 ? random.below(64) : random.below(20'000);
    auto* at = static_cast<std::byte*>(arena.try_allocate(size, alignment));
    if (at == nullptr) {
      EXPECT_GT(pool.in_use_bytes() + size, pool.budget_bytes() - BlockPool::kLargest);
      break;
    }
    ASSERT_EQ(reinterpret_cast<uintptr_t>(at) % alignment, 0u);
    const auto fill = static_cast<std::byte>(random.next());
    std::fill_n(at, size, fill);
    pieces.push_back({at, size, fill});
  }
  for (const Piece& piece : pieces) {
    for (size_t i = 0; i < piece.size; ++i) ASSERT_EQ(piece.at[i], piece.fill) << "seed " << GetParam();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ArenaModel, ::testing::Range<uint64_t>(1, 6));

}  // namespace
}  // namespace sluice
