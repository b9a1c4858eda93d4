// The out-of-order store, held against a plain array of bytes, and what a receiver holds of it.
#include "tcp/reassembly.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/test_worker.h"
#include "tcp/receiver.h"

namespace sluice::tcp {
namespace {

constexpr uint32_t kNoLimit = 1 << 30;

struct ReassemblyTest : testing::Test {
  ~ReassemblyTest() override { store.clear(pool); }
  Slice slice(std::string_view text) { return worker.slices(text).take_front(); }
  Reassembly::Outcome insert(uint32_t at, std::string_view text) {
    return store.insert(SeqNum(at), slice(text), kNoLimit, pool).outcome;
  }
  std::string take(uint32_t at) { return std::string(store.take(SeqNum(at), pool).text()); }

  test::TestWorker worker;
  ReassemblyPool pool{1024};
  Reassembly store;
};

TEST_F(ReassemblyTest, Gap_YieldsNothing) {
  insert(10, "abc");
  EXPECT_EQ(take(9), "");
  EXPECT_EQ(take(10), "abc");
  EXPECT_TRUE(store.empty());
}

TEST_F(ReassemblyTest, Neighbours_ShareABuffer) {
  insert(10, "abc");
  insert(13, "def");
  EXPECT_EQ(pool.size(), 1u);
  EXPECT_EQ(take(10), "abcdef");
}

TEST_F(ReassemblyTest, WholeRepeat_IsADuplicate) {
  insert(10, "abcdef");
  EXPECT_EQ(insert(12, "cd"), Reassembly::Outcome::kDuplicate);
}

TEST_F(ReassemblyTest, TextThatCoversOthers_ReplacesThem) {
  insert(12, "c");
  insert(14, "e");
  insert(10, "abcdefg");
  EXPECT_EQ(take(10), "abcdefg");
  EXPECT_TRUE(store.empty());
}

TEST_F(ReassemblyTest, TextAlreadyPassed_IsDroppedOnTheWay) {
  insert(10, "abc");
  insert(20, "xyz");
  EXPECT_EQ(take(15), "");
  EXPECT_EQ(take(21), "yz");
  EXPECT_EQ(store.charged_bytes(), 0u);
}

TEST_F(ReassemblyTest, StretchAround_EndsAtTheGaps) {
  insert(10, "abc");
  insert(20, "uvw");
  insert(30, "xyz");
  insert(18, "st");
  const auto expect = [&](uint32_t around, uint32_t begin, uint32_t end) {
    const Reassembly::Stretch stretch = store.stretch_around(SeqNum(around));
    EXPECT_EQ(stretch.begin, SeqNum(begin));
    EXPECT_EQ(stretch.end, SeqNum(end));
  };
  expect(12, 10, 13);
  expect(18, 18, 23);
  expect(22, 18, 23);
  expect(30, 30, 33);
}

TEST_F(ReassemblyTest, Limit_CountsBuffersAndNotBytes) {
  const auto buffer = static_cast<uint32_t>(slice("x").buffer_bytes());
  EXPECT_EQ(store.insert(SeqNum(10), slice("x"), 2 * buffer, pool).outcome, Reassembly::Outcome::kStored);
  EXPECT_EQ(store.insert(SeqNum(20), slice("x"), 2 * buffer, pool).outcome, Reassembly::Outcome::kStored);
  EXPECT_EQ(store.insert(SeqNum(30), slice("x"), 2 * buffer, pool).outcome, Reassembly::Outcome::kRefused);
}

TEST_F(ReassemblyTest, EmptyPool_Refuses) {
  ReassemblyPool small(1);
  Reassembly other;
  EXPECT_EQ(other.insert(SeqNum(10), slice("x"), kNoLimit, small).outcome, Reassembly::Outcome::kStored);
  EXPECT_EQ(other.insert(SeqNum(20), slice("x"), kNoLimit, small).outcome, Reassembly::Outcome::kRefused);
  other.clear(small);
}

// Pieces of one text, at random, overlapping, across the wrap: what comes out is the text.
TEST_F(ReassemblyTest, RandomPieces_MakeTheWholeText) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::string text(3000, '\0');
    for (char& c : text) c = static_cast<char>(random.next());
    const SeqNum begin(0xffffff00);
    for (int i = 0; i < 400; ++i) {
      const auto at = static_cast<uint32_t>(random.below(text.size()));
      const auto n = std::min<uint64_t>(1 + random.below(40), text.size() - at);
      store.insert(begin + SeqLen{at}, slice(text.substr(at, n)), kNoLimit, pool);
    }
    std::string out;
    for (uint32_t at = 0; at < text.size();) {
      const std::string piece(store.take(begin + SeqLen{at}, pool).text());
      out += piece.empty() ? text.substr(at, 1) : piece;
      at = static_cast<uint32_t>(out.size());
    }
    EXPECT_TRUE(out == text);
    store.clear(pool);
    EXPECT_EQ(store.charged_bytes(), 0u);
    EXPECT_EQ(pool.size(), 0u);
  }
}

struct ReceiverTest : testing::Test {
  ReceiverTest() { receiver.open(SeqNum(999), 1 << 16, 1 << 16); }
  ~ReceiverTest() override { receiver.discard(pool); }
  Packet packet(std::string_view text) {
    Packet filled = worker.packets->try_allocate();
    std::memcpy(filled.append(text.size()).data(), text.data(), text.size());
    return filled;
  }
  Receiver::Arrival arrives(uint32_t at, std::string_view text) {
    return receiver.on_text(SeqNum(at), packet(text), pool);
  }
  size_t blocks_reported() {
    wire::TcpOptions options;
    receiver.report_sack(options, 100, pool);
    return options.sack_count;
  }

  test::TestWorker worker;
  DisorderPool pool{16, 1};
  Receiver receiver{worker.nodes};
};

TEST_F(ReceiverTest, FilledGap_LeavesNothingHeld) {
  receiver.use_sack();
  EXPECT_EQ(arrives(1003, "d"), Receiver::Arrival::kOutOfOrder);
  EXPECT_EQ(blocks_reported(), 1u);
  EXPECT_EQ(pool.disorders.size(), 1u);
  EXPECT_EQ(arrives(1000, "abc"), Receiver::Arrival::kFilledGap);
  EXPECT_EQ(blocks_reported(), 0u);
  EXPECT_EQ(pool.disorders.size(), 0u);
}

TEST_F(ReceiverTest, Duplicate_IsHeldUntilItIsReported) {
  receiver.use_sack();
  receiver.on_duplicate(SeqNum(990), SeqNum(995), pool);
  EXPECT_EQ(pool.disorders.size(), 1u);
  EXPECT_EQ(blocks_reported(), 1u);
  EXPECT_EQ(pool.disorders.size(), 0u);
}

TEST_F(ReceiverTest, DuplicateWithoutSack_IsNotHeld) {
  receiver.on_duplicate(SeqNum(990), SeqNum(995), pool);
  arrives(1003, "d");
  EXPECT_EQ(arrives(1003, "d"), Receiver::Arrival::kDuplicate);
  arrives(1000, "abc");
  EXPECT_EQ(pool.disorders.size(), 0u);
}

TEST_F(ReceiverTest, TextRefused_LeavesNothingHeld) {
  DisorderPool none{0, 1};
  EXPECT_EQ(receiver.on_text(SeqNum(1003), packet("d"), none), Receiver::Arrival::kRefused);
  EXPECT_EQ(none.disorders.size(), 0u);
}

}  // namespace
}  // namespace sluice::tcp
