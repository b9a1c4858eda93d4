// Losses that SACK shows and their repair: RFC 6675 (scoreboard), RFC 8985 6 (RACK), RFC 6937 (PRR), RFC 2018 8.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

constexpr auto kRtt = Duration::milliseconds(100);
const std::string kFull(1000, 'x');

// MSS 1000, a round trip of 100 ms, so an RTO of 300 ms and a reordering window of 25 ms.
struct Recovery : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
    peer.send(syn().mss(1000).sack_permitted());
    peer.take();
    peer.worker.advance(kRtt);
    peer.send(seg(1, 1));
  }

  // Sends n segments, and lets a round trip pass.
  void write_segments(int n) {
    peer.user.write(std::string(1000 * n, 'x'));
    for (int i = 0; i < n; ++i) peer.expect(seg(written + 1000 * i, 1).text(kFull));
    written += 1000 * n;
    peer.worker.advance(kRtt);
  }

  TcpPeer peer;
  uint32_t written = 1;
};

// RFC 8985 6.2 step 4: three segments beyond a hole leave no doubt.
TEST_F(Recovery, ThirdSackedSegment_RepairsTheHole) {
  write_segments(5);
  peer.send(seg(1, 1).sack({{1001, 2001}}));
  peer.send(seg(1, 1).sack({{1001, 3001}}));
  peer.expect_nothing();
  peer.send(seg(1, 1).sack({{1001, 4001}}));
  peer.expect(seg(1, 1).text(kFull));
  peer.expect_nothing();
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 1u);
}

// RFC 8985 6.2 step 5: fewer do after a quarter of the round trip.
TEST_F(Recovery, OneSackedSegment_RepairsTheHoleAfterTheReorderingWindow) {
  write_segments(3);
  peer.send(seg(1, 1).sack({{1001, 2001}}));
  peer.expect_after(kRtt / 4, seg(1, 1).text(kFull));
}

TEST_F(Recovery, SegmentThatWasOnlyLate_IsNotRepaired) {
  write_segments(3);
  peer.send(seg(1, 1).sack({{1001, 2001}}));
  peer.worker.advance(Duration::milliseconds(10));
  peer.send(seg(1, 3001));
  peer.expect_nothing_for(Duration::seconds(1));
}

// RFC 8985 6.2 step 3: once reordering was seen, three segments are no proof any more.
TEST_F(Recovery, AfterReordering_TheWindowIsKept) {
  write_segments(3);
  peer.send(seg(1, 1).sack({{1001, 2001}}));
  peer.send(seg(1, 3001));
  write_segments(5);
  peer.send(seg(1, 3001).sack({{4001, 8001}}));
  peer.expect_nothing();
  peer.expect_after(kRtt / 4, seg(3001, 1).text(kFull));
}

// RFC 8985 6.2 step 4: each round trip with a duplicate widens the window by a quarter.
TEST_F(Recovery, NeedlessRepair_WidensTheReorderingWindow) {
  write_segments(5);
  peer.send(seg(1, 1).sack({{1001, 4001}}));
  peer.expect(seg(1, 1).text(kFull));
  peer.send(seg(1, 5001));
  peer.send(seg(1, 5001).sack({{1, 1001}}));
  write_segments(3);
  peer.send(seg(1, 5001).sack({{6001, 7001}}));
  peer.expect_after(kRtt / 2, seg(5001, 1).text(kFull));
}

// A bug others shipped: RACK that marks everything lost.
TEST_F(Recovery, WhatWasSentLater_IsNotLost) {
  peer.user.write(std::string(5000, 'x'));
  peer.drain();
  peer.worker.advance(kRtt / 2);
  peer.user.write(std::string(5000, 'x'));
  peer.drain();
  peer.worker.advance(kRtt / 2);
  peer.send(seg(1, 1).sack({{1001, 5001}}));
  peer.expect(seg(1, 1).text(kFull));
  peer.expect_nothing_for(kRtt);
  peer.send(seg(1, 10'001));
  EXPECT_EQ(peer.counted(Counter::kTcpSegmentsRetransmitted), 1u);
}

// RFC 6675 5: all holes in one round trip, not one in each.
TEST_F(Recovery, SeveralHoles_AreRepairedTogether) {
  write_segments(10);
  peer.send(seg(1, 1).sack({{3001, 6001}, {1001, 2001}}));
  peer.expect(seg(1, 1).text(kFull));
  peer.expect(seg(2001, 1).text(kFull));
  peer.expect_nothing();
}

// RFC 8985 6.2: what is sent again may be lost again.
TEST_F(Recovery, LostRepair_IsRepairedAgain) {
  write_segments(6);
  peer.send(seg(1, 1).sack({{1001, 5001}}));
  peer.expect(seg(1, 1).text(kFull));
  peer.worker.advance(Duration::milliseconds(10));
  peer.user.write(std::string(2000, 'x'));
  peer.expect(seg(6001, 1).text(kFull));
  peer.expect(seg(7001, 1).text(kFull));
  peer.worker.advance(kRtt);
  peer.send(seg(1, 1).sack({{1001, 8001}}));
  peer.expect(seg(1, 1).text(kFull));
}

// RFC 6937 3.1: while a recovery lasts, about seven segments leave for ten that arrive.
TEST_F(Recovery, Flight_ShrinksInProportion) {
  peer.user.write(std::string(60'000, 'x'));
  peer.drain();
  peer.worker.advance(kRtt);
  peer.send(seg(1, 10'001));  // eighteen in flight
  peer.drain();
  peer.worker.advance(kRtt);
  for (uint32_t i = 1; i < 18; ++i) {
    peer.send(seg(1, 10'001).sack({{11'001, 11'001 + 1000 * i}}));
  }
  const size_t sent = peer.output.sent.size();
  EXPECT_GE(sent, 10u);
  EXPECT_LE(sent, 15u);
  peer.drain();
}

TEST_F(Recovery, AfterARecovery_SackedTextIsNotSentAgain) {
  write_segments(5);
  peer.send(seg(1, 1).sack({{1001, 5001}}));
  peer.expect(seg(1, 1).text(kFull));
  peer.worker.advance(kRtt);
  peer.send(seg(1, 5001));
  peer.expect_nothing_for(Duration::seconds(2));
}

// RFC 8985 6.3: what was sent a moment ago is not lost because something older is.
TEST_F(Recovery, Timeout_LeavesWhatWasSentLatelyInFlight) {
  write_segments(2);
  peer.worker.advance(Duration::milliseconds(110));  // the probe has gone, the timer runs anew
  peer.drain();
  peer.worker.advance(Duration::milliseconds(250));
  peer.user.write(kFull);
  peer.expect(seg(2001, 1).text(kFull));
  peer.worker.advance(Duration::milliseconds(60));
  peer.expect(seg(1, 1).text(kFull));
  peer.send(seg(1, 1001));
  peer.expect(seg(1001, 1).text(kFull));
  peer.expect_nothing();
}

// RFC 2018 8: a peer may throw away what it has reported; the timeout sends it again.
TEST_F(Recovery, RenegedText_IsSentAgainAfterTheTimeout) {
  write_segments(3);
  peer.send(seg(1, 1).sack({{1001, 3001}}));
  peer.expect_after(kRtt / 4, seg(1, 1).text(kFull));
  peer.send(seg(1, 1001));
  peer.expect_after(Duration::milliseconds(300), seg(1001, 1).text(kFull));
  EXPECT_EQ(peer.counted(Counter::kTcpSackReneged), 1u);
  peer.send(seg(1, 2001));
  peer.expect(seg(2001, 1).text(kFull));
  peer.send(seg(1, 3001));
  peer.expect_nothing_for(Duration::seconds(5));
}

TEST_F(Recovery, BlocksThatSpeakOfNothingSent_AreNotBelieved) {
  write_segments(4);
  peer.send(seg(1, 1).sack({{4001, 9001}}));
  peer.send(seg(1, 1).sack({{3001, 2001}}));
  peer.send(seg(1, 1).sack({{2001, 2001}}));
  peer.send(seg(1, 1).sack({{0x80000001, 0x80001001}}));
  peer.expect_nothing();
  EXPECT_EQ(peer.counted(Counter::kTcpSackInvalid), 4u);
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 0u);
}

// Blocks of a byte each would cut the flight into thousands of pieces.
TEST_F(Recovery, TinyBlocks_AreBoundedAndCounted) {
  write_segments(10);
  for (uint32_t i = 0; i < 4000; ++i) peer.send(seg(1, 1).sack({{2 + 2 * i, 3 + 2 * i}}));
  EXPECT_GT(peer.counted(Counter::kTcpSackIgnored), 0u);
  peer.drain();
  peer.send(seg(1, 10'001));
  EXPECT_EQ(peer.user.connection->unacknowledged(), 0u);
  write_segments(2);
  peer.send(seg(1, written));
  peer.expect_nothing_for(Duration::seconds(2));
}

TEST_F(Recovery, BlocksUnlessPermitted_AreIgnored) {
  TcpPeer other;
  other.establish_passive(syn().mss(1000));
  other.user.write(std::string(5000, 'x'));
  other.drain();
  other.send(seg(1, 1).sack({{1001, 5001}}));
  other.expect_nothing();
}

// A bug others shipped: a stall when the round trip is shorter than the clock's grain.
TEST(RecoveryAtOnce, RoundTripOfNoTime_StillRepairs) {
  TcpPeer peer;
  peer.establish_passive(syn().mss(1000).sack_permitted());
  peer.user.write(std::string(6000, 'x'));
  peer.drain();
  peer.send(seg(1, 1).sack({{1001, 6001}}));
  peer.expect_after(Duration::microseconds(0), seg(1, 1).text(kFull));
  peer.send(seg(1, 6001));
  peer.expect_nothing_for(Duration::seconds(1));
}

// RFC 2018 5: what an acknowledgement says beside its number counts, although a later one has come before it.
TEST_F(Recovery, BlocksOfAnOvertakenAcknowledgement_AreTaken) {
  write_segments(10);
  peer.send(seg(1, 1001).sack({{8001, 10'001}}));
  peer.send(seg(1, 1).sack({{2001, 3001}}));
  peer.expect_after(kRtt / 4, seg(1001, 1).text(kFull));
  peer.send(seg(1, 1001).sack({{5001, 6001}, {8001, 10'001}}));
  peer.expect(seg(3001, 1).text(kFull));
  peer.drain();
}

TEST_F(Recovery, OvertakenBlockThatIsAcknowledgedByNow_IsNothingNew) {
  write_segments(5);
  peer.send(seg(1, 3001));
  peer.send(seg(1, 1).sack({{1001, 4001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpDuplicatesReported), 0u);
  peer.send(seg(1, 1).sack({{1001, 2001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpSackInvalid), 0u);
  peer.send(seg(1, 5001));
  peer.expect_nothing_for(Duration::seconds(2));
}

// RFC 2883 4.
TEST_F(Recovery, DuplicateThatAnOvertakenAcknowledgementReports_Counts) {
  write_segments(5);
  peer.send(seg(1, 1).sack({{1001, 5001}}));
  peer.expect(seg(1, 1).text(kFull));
  peer.send(seg(1, 5001));
  peer.user.write(std::string(2000, 'x'));
  peer.drain();
  peer.send(seg(1, 6001));
  peer.send(seg(1, 5001).sack({{1, 1001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpDuplicatesReported), 1u);
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 1u);
}

}  // namespace
}  // namespace sluice::test
