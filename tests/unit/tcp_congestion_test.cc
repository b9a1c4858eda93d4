// How windows grow and shrink: RFC 9438 (CUBIC), RFC 9406 (HyStart++), RFC 6937 (PRR).
#include <gtest/gtest.h>

#include "tcp/congestion/cubic.h"
#include "tcp/congestion/hystart.h"
#include "tcp/prr.h"
#include "tcp/window_use.h"

namespace sluice::tcp {
namespace {

constexpr uint32_t kMss = 1000;
constexpr Duration kRtt = Duration::milliseconds(100);

struct CubicTest : testing::Test {
  // A round trip in which the whole window is acknowledged.
  void round() {
    now = now + kRtt;
    const uint32_t window = state.cwnd;
    for (uint32_t acked = 0; acked < window; acked += kMss) {
      cubic.on_ack(state, growth, {.now = now, .acked_bytes = kMss, .mss = kMss, .srtt = kRtt});
    }
  }

  Cubic cubic;
  CongestionState state{.cwnd = 100 * kMss, .ssthresh = 100 * kMss};
  Growth growth;
  Instant now{};
};

// RFC 9438 4.6.
TEST_F(CubicTest, Loss_LeavesSevenTenths) {
  cubic.on_loss(state, growth, 100 * kMss, kMss);
  EXPECT_EQ(state.ssthresh, 70 * kMss);
  EXPECT_EQ(state.w_max, 100 * kMss);
}

// RFC 9438 4.7.
TEST_F(CubicTest, LossBelowTheLastWindow_MakesRoomForOthers) {
  state.w_max = 200 * kMss;
  cubic.on_loss(state, growth, 100 * kMss, kMss);
  EXPECT_EQ(state.w_max, 85 * kMss);
}

// RFC 9438 4.2: K = cbrt((100 - 70) / 0.4) = 4.2 s.
TEST_F(CubicTest, WindowBeforeTheLoss_IsReachedAfterK) {
  cubic.on_loss(state, growth, 100 * kMss, kMss);
  state.cwnd = state.ssthresh;
  for (int i = 0; i < 30; ++i) round();
  EXPECT_LT(state.cwnd, 100 * kMss);
  for (int i = 0; i < 12; ++i) round();
  EXPECT_NEAR(state.cwnd, 100 * kMss, 2 * kMss);
}

// RFC 9438 4.4, 4.5: fast, then carefully, then fast again.
TEST_F(CubicTest, Growth_IsConcaveThenConvex) {
  cubic.on_loss(state, growth, 100 * kMss, kMss);
  state.cwnd = state.ssthresh;
  const auto grown_in = [&](int rounds) {
    const uint32_t before = state.cwnd;
    for (int i = 0; i < rounds; ++i) round();
    return state.cwnd - before;
  };
  const uint32_t first = grown_in(10), middle = (grown_in(20), grown_in(10));
  grown_in(20);
  EXPECT_GT(first, 2 * middle);
  EXPECT_GT(grown_in(10), 2 * middle);
}

// RFC 9438 4.3: on a short path Reno would be faster, and is followed.
TEST_F(CubicTest, SmallWindowOnAShortPath_GrowsAsReno) {
  state = {.cwnd = 10 * kMss, .ssthresh = 10 * kMss, .w_max = 10 * kMss, .cwnd_prior = 10 * kMss};
  for (int i = 0; i < 20; ++i) {
    now = now + Duration::milliseconds(1);
    const uint32_t window = state.cwnd;
    for (uint32_t acked = 0; acked < window; acked += kMss) {
      cubic.on_ack(state, growth, {.now = now, .acked_bytes = kMss, .mss = kMss, .srtt = Duration::milliseconds(1)});
    }
  }
  EXPECT_GE(state.cwnd, 28 * kMss);
  EXPECT_LE(state.cwnd, 32 * kMss);
}

// RFC 9438 4.8.
TEST_F(CubicTest, Timeout_LeavesOneSegmentAndSevenTenthsToReturnTo) {
  cubic.on_timeout(state, growth, 100 * kMss, kMss, true);
  EXPECT_EQ(state.cwnd, kMss);
  EXPECT_EQ(state.ssthresh, 70 * kMss);
  cubic.on_timeout(state, growth, kMss, kMss, false);
  EXPECT_EQ(state.ssthresh, 70 * kMss);
}

// RFC 9438 4.9.
TEST_F(CubicTest, Undo_ReturnsToWhatWas) {
  const CongestionState before = state;
  cubic.on_timeout(state, growth, 100 * kMss, kMss, true);
  cubic.undo(state, growth, before);
  EXPECT_EQ(state.cwnd, before.cwnd);
  EXPECT_EQ(state.ssthresh, before.ssthresh);
}

// RFC 3465 2.3: after a timeout one acknowledgement of much adds a segment.
TEST_F(CubicTest, SlowStartAfterATimeout_AddsASegmentAtATime) {
  state = {.cwnd = kMss, .ssthresh = 70 * kMss};
  cubic.on_ack(state, growth, {.now = now, .acked_bytes = 50 * kMss, .mss = kMss, .srtt = kRtt, .after_timeout = true});
  EXPECT_EQ(state.cwnd, 2 * kMss);
}

struct HyStartTest : testing::Test {
  // A round of `samples` round trips of `rtt`. True when slow start is over.
  bool round(Duration rtt, int samples = 10) {
    bool over = false;
    snd_nxt += 100'000;
    for (int i = 1; i <= samples; ++i) {
      const SeqNum una(i == samples ? snd_nxt - 100'000 : snd_nxt - 100'000 - 1);
      over = hystart.on_ack({.snd_una = una, .snd_nxt = SeqNum(snd_nxt), .acked_bytes = 2000, .mss = kMss, .rtt = rtt});
    }
    return over;
  }

  HyStart hystart;
  uint32_t snd_nxt = 1000;
};

constexpr AckEvent kAck{.acked_bytes = 20'000, .mss = kMss};

// RFC 9406 4.2: eight segments an acknowledgement without pacing.
TEST_F(HyStartTest, SlowStart_GrowsByEightSegmentsAtMost) {
  EXPECT_EQ(hystart.growth_bytes(kAck), 8 * kMss);
}

TEST_F(HyStartTest, SteadyRoundTrips_GoOnInSlowStart) {
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(round(kRtt));
  EXPECT_FALSE(hystart.conservative());
}

TEST_F(HyStartTest, LongerRoundTrips_MakeItConservativeAndEndItAfterFiveRounds) {
  round(kRtt);
  round(kRtt);
  EXPECT_FALSE(round(kRtt + Duration::milliseconds(20)));
  EXPECT_TRUE(hystart.conservative());
  EXPECT_EQ(hystart.growth_bytes(kAck), 2 * kMss);
  int rounds = 0;
  while (!round(kRtt + Duration::milliseconds(20)) && rounds < 20) ++rounds;
  EXPECT_LE(rounds, 5);
  EXPECT_GE(rounds, 3);
}

TEST_F(HyStartTest, RoundTripsThatRecover_ReturnToSlowStart) {
  round(kRtt);
  round(kRtt);
  round(kRtt + Duration::milliseconds(20));
  ASSERT_TRUE(hystart.conservative());
  round(kRtt);
  EXPECT_FALSE(hystart.conservative());
}

TEST_F(HyStartTest, FewSamples_DecideNothing) {
  round(kRtt);
  round(kRtt);
  round(kRtt * 3, 7);
  EXPECT_FALSE(hystart.conservative());
}

// A user who is late with the next bytes once does not undo what the window has shown.
TEST(WindowUseTest, Limit_HoldsUntilTheWindowIsAcknowledged) {
  WindowUse use;
  use.on_sent(SeqNum{0}, SeqNum{10'000}, 10'000, true);
  use.on_sent(SeqNum{2'000}, SeqNum{11'000}, 9'000, false);
  EXPECT_TRUE(use.allows_growth(10'000, false));
  use.on_sent(SeqNum{10'000}, SeqNum{19'000}, 9'000, false);
  EXPECT_FALSE(use.allows_growth(10'000, false));
  EXPECT_TRUE(use.allows_growth(10'000, true)) << "half is enough in slow start";
  use.on_timeout(SeqNum{19'000});
  EXPECT_TRUE(use.allows_growth(1'000, false));
}

// RFC 6937 3.1: of 20 segments in flight at a loss, 14 leave while 20 arrive.
TEST(PrrTest, Flight_ShrinksInProportion) {
  Prr prr;
  prr.begin(20 * kMss);
  uint32_t pipe = 19 * kMss, sent = 0;
  for (int i = 0; i < 20; ++i) {
    pipe -= pipe > 0 ? kMss : 0;
    prr.on_delivered(kMss);
    const uint32_t cwnd = prr.cwnd(pipe, 14 * kMss, kMss, false);
    for (; pipe + kMss <= cwnd; pipe += kMss, ++sent) prr.on_sent(kMss);
  }
  EXPECT_NEAR(sent, 14, 1);
  EXPECT_NEAR(pipe, 14 * kMss, kMss);
}

// RFC 6937 3: the conservative bound never sends more than has arrived, the slow-start bound a segment more.
TEST(PrrTest, FlightBelowTheThreshold_GrowsBySegmentsOnlyWithProgress) {
  Prr prr;
  prr.begin(20 * kMss);
  prr.on_sent(kMss);
  prr.on_delivered(kMss);
  EXPECT_EQ(prr.cwnd(2 * kMss, 14 * kMss, kMss, false), 3 * kMss);
  EXPECT_EQ(prr.cwnd(2 * kMss, 14 * kMss, kMss, true), 4 * kMss);
}

}  // namespace
}  // namespace sluice::tcp
