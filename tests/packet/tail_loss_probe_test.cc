// Tail loss probes: RFC 8985 7.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

constexpr auto kRtt = Duration::milliseconds(100);
constexpr auto kRto = Duration::milliseconds(300);
const std::string kFull(1000, 'x');

struct TailLoss : testing::Test {
  void SetUp() override { establish(syn().mss(1000).sack_permitted()); }

  void establish(const TestSegment& peers_syn) {
    ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
    peer.send(peers_syn);
    peer.take();
    peer.worker.advance(kRtt);
    peer.send(seg(1, 1));
  }

  void write_segments(int n) {
    peer.user.write(std::string(1000 * n, 'x'));
    peer.drain();
  }

  TcpPeer peer;
};

// RFC 8985 7.2, 7.3.
TEST_F(TailLoss, IsProbedWithTheLastSegmentAfterTwoRoundTrips) {
  write_segments(3);
  peer.expect_after(kRtt * 2, seg(2001, 1).text(kFull));
  EXPECT_EQ(peer.counted(Counter::kTcpTailLossProbes), 1u);
  EXPECT_EQ(peer.counted(Counter::kTcpRetransmissionTimeouts), 0u);
}

// RFC 8985 7.3: new text, beyond cwnd.
TEST_F(TailLoss, ProbeIsNewTextWhereThereIsSome) {
  write_segments(12);
  peer.expect_after(kRtt * 2, seg(10'001, 1).text(kFull));
}

// RFC 8985 7.2: a lone segment may only be waiting for a delayed acknowledgement.
TEST_F(TailLoss, LoneSegment_IsProbedWhenTheTimerWouldFire) {
  write_segments(1);
  peer.expect_after(kRto, seg(1, 1).text(kFull));
  EXPECT_EQ(peer.counted(Counter::kTcpTailLossProbes), 1u);
  EXPECT_EQ(peer.counted(Counter::kTcpRetransmissionTimeouts), 0u);
}

// RFC 8985 7.3: one probe, then the retransmission timer.
TEST_F(TailLoss, ProbeWithoutAnswer_IsFollowedByTheTimeout) {
  write_segments(3);
  peer.expect_after(kRtt * 2, seg(2001, 1).text(kFull));
  peer.expect_after(kRto, seg(1, 1).text(kFull));
  EXPECT_EQ(peer.counted(Counter::kTcpRetransmissionTimeouts), 1u);
}

TEST_F(TailLoss, ProbeShowsALargerLoss) {
  write_segments(4);
  peer.expect_after(kRtt * 2, seg(3001, 1).text(kFull));
  peer.worker.advance(kRtt);
  peer.send(seg(1, 1).sack({{3001, 4001}}));
  peer.drain();
  peer.worker.advance(kRtt / 4 + Duration::milliseconds(2));
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 1u);
  EXPECT_EQ(peer.counted(Counter::kTcpRetransmissionTimeouts), 0u);
  peer.drain();
}

// RFC 8985 7.4.2: a loss that the probe itself repaired is a sign of congestion all the same.
TEST_F(TailLoss, LossThatTheProbeRepaired_ReducesTheWindow) {
  write_segments(3);
  peer.expect_after(kRtt * 2, seg(2001, 1).text(kFull));
  peer.send(seg(1, 3001));
  write_segments(1);
  peer.send(seg(1, 4001));
  EXPECT_NE(peer.state().find(" cwnd=7000"), std::string::npos) << peer.state();
}

TEST_F(TailLoss, NeedlessProbe_LeavesTheWindow) {
  write_segments(3);
  peer.expect_after(kRtt * 2, seg(2001, 1).text(kFull));
  peer.send(seg(1, 3001));
  peer.send(seg(1, 3001).sack({{2001, 3001}}));
  write_segments(1);
  peer.send(seg(1, 4001));
  EXPECT_NE(peer.state().find(" cwnd=10000"), std::string::npos) << peer.state();
}

TEST(TailLossWithoutSack, IsLeftToTheTimer) {
  TcpPeer peer;
  peer.establish_passive(syn().mss(1000));
  peer.user.write(std::string(3000, 'x'));
  peer.drain();
  peer.expect_after(Duration::milliseconds(200), seg(1, 1).text(kFull));
  EXPECT_EQ(peer.counted(Counter::kTcpTailLossProbes), 0u);
}

}  // namespace
}  // namespace sluice::test
