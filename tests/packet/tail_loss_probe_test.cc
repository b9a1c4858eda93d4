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

  // The last of three segments arrives only as a probe; what is acknowledged next tells so.
  void lose_the_tail() {
    write_segments(3);
    peer.expect_after(kRtt * 2, seg(2001, 1).text(kFull));
    peer.send(seg(1, 3001));
  }

  std::string figure(const std::string& name) {
    const std::string state = peer.state();
    const size_t at = state.find(" " + name + "=") + 1;
    return state.substr(at, state.find(' ', at) - at);
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

// RFC 8985 7.1: a recovery that begins has reduced the window for what the probe would say, too.
TEST_F(TailLoss, ProbeThatBeganARecovery_ReducesNoMore) {
  write_segments(4);
  peer.expect_after(kRtt * 2, seg(3001, 1).text(kFull));
  peer.worker.advance(kRtt);
  peer.send(seg(1, 1).sack({{3001, 4001}}));
  peer.worker.advance(kRtt / 4 + Duration::milliseconds(2));
  peer.drain();
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 1u);
  const std::string reduced = figure("ssthresh");
  peer.send(seg(1, 4001));
  write_segments(1);
  peer.send(seg(1, 5001));
  EXPECT_EQ(figure("ssthresh"), reduced);
}

// RFC 3168 6.1.2: once for all losses of a flight, whoever finds them.
TEST_F(TailLoss, LossBesideTheRepairedOne_ReducesNoMore) {
  lose_the_tail();
  write_segments(4);
  peer.send(seg(1, 4001));
  EXPECT_EQ(figure("ssthresh"), "ssthresh=7000");
  peer.send(seg(1, 4001).sack({{5001, 7001}}));
  peer.worker.advance(kRtt);
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 1u);
  EXPECT_EQ(figure("ssthresh"), "ssthresh=7000");
}

TEST_F(TailLoss, LossOfALaterFlight_ReducesAgain) {
  lose_the_tail();
  write_segments(1);
  peer.send(seg(1, 4001));
  write_segments(3);
  peer.send(seg(1, 4001).sack({{5001, 7001}}));
  peer.worker.advance(kRtt);
  EXPECT_EQ(figure("ssthresh"), "ssthresh=4900");
}

struct TailLossWithEcn : TailLoss {
  void SetUp() override { establish(syn().mss(1000).sack_permitted().ece().cwr()); }
};

// RFC 3168 6.1.2: the mark has reduced the window already for all of the flight.
TEST_F(TailLossWithEcn, RepairedLossInAFlightThatWasMarked_ReducesNoMore) {
  write_segments(3);
  peer.worker.advance(kRtt);
  peer.send(seg(1, 1001).ece());
  EXPECT_EQ(figure("ssthresh"), "ssthresh=7000");
  peer.expect_after(kRtt * 2, seg(2001, 1).text(kFull));
  peer.send(seg(1, 3001));
  write_segments(1);
  peer.send(seg(1, 4001));
  EXPECT_EQ(figure("ssthresh"), "ssthresh=7000");
  EXPECT_EQ(figure("cwnd"), "cwnd=7000");
}

TEST_F(TailLossWithEcn, AcknowledgementThatTellsOfBoth_ReducesOnce) {
  lose_the_tail();
  write_segments(1);
  peer.send(seg(1, 4001).ece());
  EXPECT_EQ(figure("ssthresh"), "ssthresh=7000");
}

// RFC 3168 6.1.2: the peer is told of the reduction, and what it has seen until then asks for no more.
TEST_F(TailLossWithEcn, MarkInAFlightWhoseTailWasRepaired_ReducesNoMore) {
  lose_the_tail();
  write_segments(3);
  peer.send(seg(1, 4001));
  peer.send(seg(1, 5001).ece());
  EXPECT_EQ(figure("ssthresh"), "ssthresh=7000");
  EXPECT_EQ(peer.counted(Counter::kTcpEcnReductions), 0u);
  peer.user.write(kFull);
  peer.send(seg(1, 6001));
  EXPECT_TRUE(peer.take().header.flags.cwr);
}

TEST(TailLossWithoutSack, IsLeftToTheTimer) {
  TcpPeer peer;
  peer.establish_passive(syn().mss(1000));
  peer.user.write(std::string(3000, 'x'));
  peer.drain();
  peer.expect_after(Duration::milliseconds(200), seg(1, 1).text(kFull));
  EXPECT_EQ(peer.counted(Counter::kTcpTailLossProbes), 0u);
}

// A path of 20 ms to a peer that acknowledges a lone segment 200 ms after it came: sooner than the probe could be
// answered, so the answer is to the first transmission, and is what the next probe waits for.
TEST(TailLossAndPutOffAcknowledgement, LoneSegmentsAreProbedOnceAndNoMore) {
  TcpPeer peer;
  const auto rtt = Duration::milliseconds(20);
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  peer.send(syn().mss(1000).sack_permitted());
  peer.take();
  peer.worker.advance(rtt);
  peer.send(seg(1, 1));
  for (uint32_t end = 1001; end <= 10'001; end += 1000) {
    peer.user.write(kFull);
    peer.drain();
    peer.worker.advance(rtt + Duration::milliseconds(202));
    const bool probed = !peer.output.sent.empty();
    peer.drain();
    peer.send(seg(1, end));
    if (probed) peer.send(seg(1, end).sack({{end - 1000, end}}));
  }
  EXPECT_LE(peer.counted(Counter::kTcpTailLossProbes), 1u);
  EXPECT_EQ(peer.counted(Counter::kTcpRetransmissionTimeouts), 0u);
}

// One that puts it off for longer answers the probe at once, and echoes the first transmission.
TEST(TailLossAndPutOffAcknowledgement, EchoBesideTheReportOfTheProbe_IsMeasured) {
  TcpPeer peer;
  const auto rtt = Duration::milliseconds(20);
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  peer.send(syn().mss(1012).sack_permitted().timestamps(1000, 0));
  const uint32_t tsval = peer.take().header.options.timestamps->tsval;
  peer.worker.advance(rtt);
  peer.send(seg(1, 1).timestamps(1000, tsval));
  peer.user.write(kFull);
  const uint32_t first = peer.take().header.options.timestamps->tsval;
  peer.worker.advance(Duration::milliseconds(222));
  EXPECT_EQ(peer.counted(Counter::kTcpTailLossProbes), 1u);
  peer.worker.advance(rtt);
  peer.drain();
  peer.send(seg(1, 1001).sack({{1, 1001}}).timestamps(1000, first));
  EXPECT_GT(peer.user.connection->tcb().rtt.smoothed(), rtt * 2);
}

// Karn: without it the answer may be to either.
TEST(TailLossAndPutOffAcknowledgement, AnswerThatMayBeToTheProbe_MeasuresNothing) {
  TcpPeer peer;
  const auto rtt = Duration::milliseconds(20);
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  peer.send(syn().mss(1000).sack_permitted());
  peer.take();
  peer.worker.advance(rtt);
  peer.send(seg(1, 1));
  peer.user.write(kFull);
  peer.drain();
  peer.worker.advance(Duration::milliseconds(222) + rtt);
  EXPECT_EQ(peer.counted(Counter::kTcpTailLossProbes), 1u);
  peer.send(seg(1, 1001));
  EXPECT_EQ(peer.user.connection->tcb().rtt.smoothed(), rtt);
}

}  // namespace
}  // namespace sluice::test
