// The scoreboard: what is in flight, SACKed, lost (RFC 6675 3), held against a plain array under random use.
#include "tcp/scoreboard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"

namespace sluice::tcp {
namespace {

constexpr uint32_t kBase = 0xffffff00;  // the numbers wrap

SeqNum at(uint32_t n) {
  return SeqNum(kBase + n);
}

struct ScoreboardTest : testing::Test {
  ~ScoreboardTest() override { board.clear(pool); }

  void send(uint32_t from, uint32_t to, int64_t ms) {
    board.on_sent(at(from), at(to), Instant{Duration::milliseconds(ms).ns}, false, pool);
  }
  bool sacked(SeqNum left, SeqNum right, Delivery& d) {
    Transmission* near = nullptr;
    return board.on_sacked(left, right, d, pool, near);
  }
  Delivery delivery(int64_t ms = 1000) { return {.now = Instant{Duration::milliseconds(ms).ns}, .fack = at(0)}; }

  TransmissionPool pool{4096};
  Scoreboard board;
};

TEST_F(ScoreboardTest, WhatLeavesAtOneMoment_IsOneStretch) {
  send(0, 1000, 1);
  send(1000, 2000, 1);
  EXPECT_EQ(board.stretches(), 1u);
  send(2000, 3000, 2);
  EXPECT_EQ(board.stretches(), 2u);
  EXPECT_EQ(board.in_flight_bytes(), 3000u);
}

TEST_F(ScoreboardTest, Sack_CutsAndJoins) {
  send(0, 5000, 1);
  Delivery d = delivery();
  EXPECT_TRUE(sacked(at(1000), at(2000), d));
  EXPECT_TRUE(sacked(at(3000), at(4000), d));
  EXPECT_EQ(board.stretches(), 5u);
  EXPECT_EQ(board.sacked_bytes(), 2000u);
  EXPECT_TRUE(sacked(at(1000), at(4000), d));
  EXPECT_EQ(board.stretches(), 3u);
  EXPECT_EQ(d.bytes, 3000u);
}

// The blocks of one acknowledgement are looked for in one walk, wherever they lie: apart, side by side, one in another.
TEST_F(ScoreboardTest, BlocksOfOneAcknowledgement_GoOnWhereTheLastEnded) {
  Random random(11);
  for (int round = 0; round < 2000; ++round) {
    board.clear(pool);
    for (uint32_t n = 0; n < 200; n += 20) send(n, n + 20, n);
    std::array<bool, 200> arrived{};
    for (int acknowledgement = 0; acknowledgement < 3; ++acknowledgement) {
      Delivery d = delivery();
      Transmission* near = nullptr;
      uint32_t left = 0;
      for (int block = 0; block < 4; ++block) {
        left += static_cast<uint32_t>(random.below(50));
        const uint32_t right = left + 1 + static_cast<uint32_t>(random.below(50));
        if (right > 200) break;
        ASSERT_TRUE(board.on_sacked(at(left), at(right), d, pool, near));
        std::fill(arrived.begin() + left, arrived.begin() + right, true);
      }
      ASSERT_EQ(board.sacked_bytes(), std::count(arrived.begin(), arrived.end(), true)) << "round " << round;
    }
    for (const Transmission* t = board.first(); t != nullptr; t = t->next) {
      for (uint32_t n = t->seq.raw() - kBase; n < t->end.raw() - kBase; ++n) {
        ASSERT_EQ(t->fate == Fate::kSacked, arrived[n]) << "round " << round << ", number " << n;
      }
    }
  }
}

TEST_F(ScoreboardTest, Acknowledgement_ReleasesWhatItCovers) {
  send(0, 5000, 1);
  Delivery d = delivery();
  board.on_acknowledged(at(2500), d, pool);
  EXPECT_EQ(d.bytes, 2500u);
  board.on_acknowledged(at(5000), d, pool);
  EXPECT_EQ(board.first(), nullptr);
  EXPECT_EQ(pool.size(), 0u);
}

TEST_F(ScoreboardTest, LostStretch_IsInFlightAgainOnceSent) {
  send(0, 5000, 1);
  board.lose_front(1000, pool);
  ASSERT_NE(board.first_lost(), nullptr);
  EXPECT_EQ(board.first_lost()->bytes(), 1000u);
  send(0, 1000, 2);
  EXPECT_EQ(board.first_lost(), nullptr);
  EXPECT_TRUE(board.first()->again);
}

// RFC 8985 6.2 step 1: the round trip of what was sent again is ambiguous when it is shorter than any.
TEST_F(ScoreboardTest, AmbiguousRoundTrip_IsNotBelieved) {
  send(0, 1000, 1);
  board.lose_all();
  send(0, 1000, 900);
  Delivery d = delivery(901);
  d.min_rtt = Duration::milliseconds(50);
  board.on_acknowledged(at(1000), d, pool);
  EXPECT_EQ(d.rtt, Duration{});
  EXPECT_FALSE(d.original.has_value());
}

// RFC 8985 6.2 step 3.
TEST_F(ScoreboardTest, LateArrivalOfWhatWasSentOnce_IsReordering) {
  send(0, 3000, 1);
  Delivery d = delivery();
  EXPECT_TRUE(sacked(at(1000), at(2000), d));
  EXPECT_FALSE(d.reordered);
  board.on_acknowledged(at(1000), d, pool);
  EXPECT_TRUE(d.reordered);
}

TEST_F(ScoreboardTest, TooManyStretches_RefuseSacksAndKeepCount) {
  send(0, 10'000, 1);
  Delivery d = delivery();
  uint32_t refused = 0;
  for (uint32_t i = 1; i < 10'000; i += 2) refused += sacked(at(i), at(i + 1), d) ? 0 : 1;
  EXPECT_GT(refused, 0u);
  EXPECT_LE(board.stretches(), Scoreboard::kMostStretches);
  EXPECT_EQ(board.in_flight_bytes() + board.sacked_bytes(), 10'000u);
}

TEST_F(ScoreboardTest, EmptyPool_StillSendsAndLoses) {
  TransmissionPool small{2};
  Scoreboard other;
  const Instant t1{1}, t2{2};
  other.on_sent(at(0), at(1000), t1, false, small);
  other.on_sent(at(1000), at(2000), t2, false, small);
  EXPECT_EQ(other.stretches(), 1u);
  EXPECT_EQ(other.in_flight_bytes(), 2000u);
  other.lose_front(1000, small);
  EXPECT_EQ(other.lost_bytes(), 2000u);
  other.clear(small);
}

// Sends, SACKs, acknowledges, loses and repairs at random; a byte-wise model says what each number must be.
TEST_F(ScoreboardTest, RandomUse_AgreesWithAnArray) {
  constexpr uint32_t kNumbers = 2000;
  std::array<char, kNumbers> fates{};  // 0: not sent, f, s, l
  Random random(7);
  uint32_t una = 0, nxt = 0;
  Delivery d = delivery(1'000'000);
  for (int step = 0; step < 20'000 && una < kNumbers; ++step) {
    const uint32_t length = 1 + static_cast<uint32_t>(random.below(40));
    const uint32_t from = una + static_cast<uint32_t>(random.below(nxt - una + 1));
    const uint32_t to = std::min(nxt, from + length);
    switch (random.below(6)) {
      case 0: {
        const uint32_t end = std::min(nxt + length, kNumbers);
        if (end == nxt) break;
        send(nxt, end, step);
        std::fill(fates.begin() + nxt, fates.begin() + end, 'f');
        nxt = end;
        break;
      }
      case 1:
      case 2:
        if (from == to) break;
        EXPECT_TRUE(sacked(at(from), at(to), d));
        std::fill(fates.begin() + from, fates.begin() + to, 's');
        break;
      case 3:
        if (random.below(8) != 0) break;
        board.lose_all();
        for (uint32_t i = una; i < nxt; ++i) fates[i] = fates[i] == 'f' ? 'l' : fates[i];
        break;
      case 4:
        if (const Transmission* lost = board.first_lost()) {
          const uint32_t begin = lost->seq.raw() - kBase;
          const uint32_t end = begin + std::min(lost->bytes(), length);
          send(begin, end, step);
          std::fill(fates.begin() + begin, fates.begin() + end, 'f');
        }
        break;
      case 5:
        if (random.below(4) != 0) break;
        board.on_acknowledged(at(to), d, pool);
        una = to;
        break;
    }
    const auto count = [&](char c) { return std::count(fates.begin() + una, fates.begin() + nxt, c); };
    ASSERT_EQ(board.in_flight_bytes(), count('f')) << "step " << step;
    ASSERT_EQ(board.sacked_bytes(), count('s')) << "step " << step;
    ASSERT_EQ(board.lost_bytes(), count('l')) << "step " << step;
  }
  EXPECT_EQ(pool.size(), board.stretches());
}

}  // namespace
}  // namespace sluice::tcp
