// The send queue, held against a string.
#include "tcp/send_queue.h"

#include <gtest/gtest.h>

#include "support/test_worker.h"

namespace sluice::tcp {
namespace {

struct SendQueueTest : testing::Test {
  void push(std::string_view text) { queue.push(worker.slices(text), *worker.packets, worker.nodes); }
  std::string copy(size_t offset, size_t n) {
    std::string out(n, '\0');
    queue.copy_out(offset, std::as_writable_bytes(std::span(out)));
    return out;
  }

  test::TestWorker worker;
  SendQueue queue{worker.nodes};
};

TEST_F(SendQueueTest, Copies_GoOnWhereTheLastEnded) {
  push(std::string(2000, 'a'));
  push(std::string(2000, 'b'));
  EXPECT_EQ(copy(0, 1500), std::string(1500, 'a'));
  EXPECT_EQ(copy(1500, 1500), std::string(500, 'a') + std::string(1000, 'b'));
  EXPECT_EQ(copy(0, 10), std::string(10, 'a'));
}

TEST_F(SendQueueTest, SharedBytes_StayWhereTheyAre) {
  push(std::string(2000, 'a'));
  push(std::string(2000, 'b'));
  PacketChain chain(worker.packets->try_allocate());
  const uint32_t packets = worker.packets->available();
  ASSERT_TRUE(queue.try_share(1500, 1000, chain, *worker.packets));
  std::string all;
  chain.head().for_each_part(
      [&](std::span<const std::byte> p) { all.append(reinterpret_cast<const char*>(p.data()), p.size()); });
  EXPECT_EQ(all, std::string(500, 'a') + std::string(500, 'b'));
  EXPECT_EQ(worker.packets->available(), packets);
  queue.acknowledge(4000);
  EXPECT_EQ(worker.packets->available(), packets);  // the chain still shows them
}

TEST_F(SendQueueTest, Parts_AreCountedFromTheOffset) {
  push(std::string(2000, 'a'));
  push(std::string(2000, 'b'));
  push(std::string(2000, 'c'));
  EXPECT_EQ(queue.bytes_in_parts(500, 10'000, 1), 1500u);
  EXPECT_EQ(queue.bytes_in_parts(500, 10'000, 2), 3500u);
  EXPECT_EQ(queue.bytes_in_parts(500, 10'000, 9), 5500u);
  EXPECT_EQ(queue.bytes_in_parts(500, 3000, 9), 3000u);
}

TEST_F(SendQueueTest, Acknowledgement_MovesTheCursorWithTheBytes) {
  push(std::string(2000, 'a'));
  push(std::string(2000, 'b'));
  copy(0, 2500);
  queue.acknowledge(1000);
  EXPECT_EQ(copy(1500, 100), std::string(100, 'b'));
  queue.acknowledge(1500);
  EXPECT_EQ(copy(0, 1500), std::string(1500, 'b'));
  queue.acknowledge(1500);
  EXPECT_EQ(queue.size(), 0u);
}

TEST_F(SendQueueTest, RandomUse_AgreesWithAString) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::string model;
    queue.clear();
    for (int step = 0; step < 500; ++step) {
      switch (random.below(3)) {
        case 0: {
          std::string text(random.below(3) == 0 ? random.below(5000) : random.below(20), '\0');
          for (char& c : text) c = static_cast<char>(random.next());
          push(text);
          model += text;
          break;
        }
        case 1: {
          const size_t n = random.below(std::min<size_t>(model.size(), 3000) + 1);
          queue.acknowledge(n);
          model.erase(0, n);
          break;
        }
        default: {
          const size_t offset = random.below(model.size() + 1);
          const size_t n = random.below(model.size() - offset + 1);
          ASSERT_TRUE(copy(offset, n) == model.substr(offset, n));
        }
      }
      ASSERT_EQ(queue.size(), model.size());
    }
  }
}

}  // namespace
}  // namespace sluice::tcp
