#include "cache/response_store.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

namespace sluice::cache {
namespace {

using Room = ResponseStore::Room;

Key key(uint64_t n) {
  return {{n * 0x9e3779b97f4a7c15u, n, ~n, n << 7}};
}

class ResponseStoreTest : public ::testing::Test {
 protected:
  std::optional<std::string> find(const Key& k) {
    Arena arena(blocks_);
    const auto found = store_.find(k, arena, Room::kHalf);
    return found ? std::optional(std::string(*found)) : std::nullopt;
  }
  bool keep(const Key& k, std::string_view text, uint8_t worker = 0) {
    const std::string_view parts[] = {text.substr(0, text.size() / 3), text.substr(text.size() / 3)};
    return store_.store(WorkerId{worker}, k, parts);
  }

  BlockPool blocks_{size_t{8} << 20};
  ResponseStore store_{size_t{1} << 20, 2};
};

TEST_F(ResponseStoreTest, WhatWasStored_IsFoundByItsKeyAlone) {
  EXPECT_EQ(find(key(1)), std::nullopt);
  ASSERT_TRUE(keep(key(1), "hello, world"));
  ASSERT_TRUE(keep(key(2), ""));
  EXPECT_EQ(find(key(1)), "hello, world");
  EXPECT_EQ(find(key(2)), "");
  EXPECT_EQ(find(key(3)), std::nullopt);
}

TEST_F(ResponseStoreTest, LastOneStored_Counts) {
  ASSERT_TRUE(keep(key(1), "old", 0));
  ASSERT_TRUE(keep(key(1), "new", 1));
  EXPECT_EQ(find(key(1)), "new");
}

TEST_F(ResponseStoreTest, OldestGoes_WhenTheRingIsFull) {
  const std::string text(10'000, 'x');
  for (uint64_t n = 1; n <= 200; ++n) ASSERT_TRUE(keep(key(n), text + std::to_string(n)));
  EXPECT_EQ(find(key(1)), std::nullopt);
  EXPECT_EQ(find(key(200)), text + "200");
  EXPECT_EQ(find(key(190)), text + "190");
}

TEST_F(ResponseStoreTest, WhatIsRemoved_IsGone_AndTheRestIsNot) {
  ASSERT_TRUE(keep(key(1), "one"));
  ASSERT_TRUE(keep(key(2), "two"));
  EXPECT_TRUE(store_.remove(key(1)));
  EXPECT_FALSE(store_.remove(key(1)));
  EXPECT_EQ(find(key(1)), std::nullopt);
  EXPECT_EQ(find(key(2)), "two");
  store_.clear();
  EXPECT_EQ(find(key(2)), std::nullopt);
}

TEST(CacheKey, IsReadFromHex) {
  const std::string hex = "0100000000000000" + std::string(46, '0') + "ff";
  const auto parsed = parse_key(hex);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->words[0], 1u);
  EXPECT_EQ(parsed->words[3], 0xff00000000000000u);
  for (const std::string& bad : {std::string(), hex + "0", std::string(64, 'g'), std::string(64, 'F')}) {
    EXPECT_FALSE(parse_key(bad)) << bad;
  }
}

TEST_F(ResponseStoreTest, HalfOfTheBlocks_IsNotUsedForCopiesThatCanBeDoneWithout) {
  ASSERT_TRUE(keep(key(1), std::string(60'000, 'x')));
  BlockPool small(100'000);
  Arena arena(small);
  EXPECT_FALSE(store_.find(key(1), arena, Room::kHalf));
  EXPECT_TRUE(store_.find(key(1), arena, Room::kAll));
  BlockPool large(200'000);
  Arena roomy(large);
  EXPECT_TRUE(store_.find(key(1), roomy, Room::kHalf));
}

TEST_F(ResponseStoreTest, TooLong_IsNotKept) {
  EXPECT_FALSE(keep(key(1), std::string(100'000, 'x')));
  EXPECT_EQ(find(key(1)), std::nullopt);
}

// Whatever two writers and a reader do at once, what is found is what somebody stored under that key.
TEST_F(ResponseStoreTest, ReadersAndWriters_NeverMeetHalfAnEntry) {
  constexpr uint64_t kKeys = 64;
  const auto write = [this](uint8_t worker) {
    std::minstd_rand random(worker + 1u);
    for (int i = 0; i < 20'000; ++i) {
      const uint64_t n = random() % kKeys;
      keep(key(n), std::string(random() % 5000, static_cast<char>('A' + n % 26)), worker);
    }
  };
  std::vector<std::jthread> writers;
  for (uint8_t worker : {uint8_t{0}, uint8_t{1}}) writers.emplace_back(write, worker);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t n = static_cast<uint64_t>(i) % kKeys;
    const auto found = find(key(n));
    const size_t stranger = found ? found->find_first_not_of(static_cast<char>('A' + n % 26)) : std::string::npos;
    ASSERT_EQ(stranger, std::string::npos);
  }
}

}  // namespace
}  // namespace sluice::cache
