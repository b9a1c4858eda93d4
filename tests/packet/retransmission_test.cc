// Losses by timer and by duplicate acknowledgements: RFC 6298, RFC 5681 3.2, RFC 6582, RFC 3042.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"
#include "tcp/flight.h"

namespace sluice::test {
namespace {

constexpr auto kMinRto = Duration::milliseconds(200);
const std::string kFull(1000, 'x');

struct Retransmission : testing::Test {
  // MSS 1000, so that numbers are easy to read. The handshake took no time: the RTO is the smallest.
  void SetUp() override { peer.establish_passive(syn().mss(1000)); }

  void write_segments(int n) {
    peer.user.write(std::string(1000 * n, 'x'));
    for (int i = 0; i < n; ++i) peer.expect(seg(1 + 1000 * i, 1).text(kFull));
  }

  TcpPeer peer;
};

// RFC 6298 5.1, 5.4.
TEST_F(Retransmission, LostSegment_IsSentAgainAfterTheRto) {
  write_segments(1);
  peer.expect_after(kMinRto, seg(1, 1).text(kFull));
}

// RFC 6298 5.5.
TEST_F(Retransmission, Timeouts_BackOffUpToTheCap) {
  write_segments(1);
  Duration rto = kMinRto;
  for (int i = 0; i < 8; ++i, rto = rto * 2) peer.expect_after(rto, seg(1, 1).text(kFull));
  EXPECT_EQ(peer.counted(Counter::kTcpRetransmissionTimeouts), 8u);
}

TEST_F(Retransmission, LongestRto_IsAMinute) {
  tcp::Settings patient;
  patient.user_timeout = Duration::seconds(1000);
  TcpPeer other(patient);
  other.establish_passive(syn().mss(1000));
  other.user.write(kFull);
  other.expect(seg(1, 1).text(kFull));
  Duration rto = kMinRto;
  for (int i = 0; i < 9; ++i, rto = rto * 2) other.expect_after(rto, seg(1, 1).text(kFull));
  for (int i = 0; i < 3; ++i) other.expect_after(Duration::seconds(60), seg(1, 1).text(kFull));
}

// RFC 6298 5.2, 5.3.
TEST_F(Retransmission, NewAcknowledgement_RestartsTheTimer) {
  write_segments(2);
  peer.expect_nothing_for(Duration::milliseconds(150));
  peer.send(seg(1, 1001));
  peer.expect_nothing_for(Duration::milliseconds(150));
  peer.expect_after(Duration::milliseconds(68), seg(1001, 1).text(kFull));  // an eighth of 150 ms beside kMinRto
}

TEST_F(Retransmission, EverythingAcknowledged_StopsTheTimer) {
  write_segments(2);
  peer.send(seg(1, 2001));
  peer.expect_nothing_for(Duration::seconds(10));
}

// A bug others shipped: the timer is pushed on by duplicates and never fires.
TEST_F(Retransmission, DuplicateAcknowledgements_DoNotPushTheTimerOn) {
  write_segments(1);
  for (int i = 0; i < 2; ++i) {
    peer.worker.advance(Duration::milliseconds(60));
    peer.send(seg(1, 1));
    peer.drain();
  }
  peer.expect_after(Duration::milliseconds(80), seg(1, 1).text(kFull));
}

// The repair that duplicates ask for waits a whole timeout for its acknowledgement; further duplicates add nothing.
TEST_F(Retransmission, FastRetransmit_RestartsTheTimerOnce) {
  write_segments(4);
  peer.worker.advance(Duration::milliseconds(100));
  peer.send({seg(1, 1), seg(1, 1), seg(1, 1)});
  peer.expect(seg(1, 1).text(kFull));
  for (int i = 0; i < 5; ++i) {
    peer.worker.advance(Duration::milliseconds(30));
    peer.send(seg(1, 1));
    peer.drain();
  }
  peer.expect_after(Duration::milliseconds(50), seg(1, 1).text(kFull));
}

// RFC 5681 3.2.
TEST_F(Retransmission, ThirdDuplicate_RepairsAtOnce) {
  write_segments(4);
  peer.send(seg(1, 1));
  peer.send(seg(1, 1));
  peer.expect_nothing();
  peer.send(seg(1, 1));
  peer.expect(seg(1, 1).text(kFull));
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 1u);
}

// RFC 5681 2: an acknowledgement that carries text or moves the window is no duplicate.
TEST_F(Retransmission, AcknowledgementWithTextOrWindow_IsNoDuplicate) {
  write_segments(4);
  peer.send(seg(1, 1).text("a"));
  peer.send(seg(2, 1).text("b"));
  peer.send(seg(3, 1).text("c"));
  peer.send(seg(4, 1).window(60'000));
  peer.send(seg(4, 1).window(50'000));
  peer.send(seg(4, 1).window(40'000));
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 0u);
}

// RFC 3042.
TEST_F(Retransmission, FirstTwoDuplicates_SendANewSegmentEach) {
  peer.user.write(std::string(14'000, 'x'));
  for (int i = 0; i < 10; ++i) peer.take();  // the initial window
  peer.expect_nothing();
  peer.send(seg(1, 1));
  peer.expect(seg(10'001, 1).text(kFull));
  peer.send(seg(1, 1));
  peer.expect(seg(11'001, 1).text(kFull));
  peer.expect_nothing();
}

// RFC 6582 3.2: each partial acknowledgement repairs the next hole.
TEST_F(Retransmission, PartialAcknowledgement_RepairsTheNextHole) {
  write_segments(6);
  peer.send({seg(1, 1), seg(1, 1), seg(1, 1)});
  peer.expect(seg(1, 1).text(kFull));
  peer.send(seg(1, 3001));
  peer.expect(seg(3001, 1).text(kFull));
  peer.send(seg(1, 6001));
  peer.expect_nothing_for(Duration::seconds(5));
}

// The window shrinks in proportion, but not by the repair that a partial acknowledgement asks for (RFC 6582 3.2 step
// 3).
TEST(RetransmissionNewReno, PartialAcknowledgement_RepairsTheNextHoleWhateverTheWindow) {
  TcpPeer peer({.congestion = tcp::Congestion::kNewReno});
  peer.establish_passive(syn().mss(1000));
  peer.user.write(std::string(10'000, 'x'));
  for (int i = 0; i < 10; ++i) peer.expect(seg(1 + 1000 * i, 1).text(kFull));
  peer.send({seg(1, 1), seg(1, 1), seg(1, 1)});
  peer.expect(seg(1, 1).text(kFull));
  peer.send(seg(1, 3001));
  peer.expect(seg(3001, 1).text(kFull));
}

// RFC 6582 3.2 step 2: what is repeated after a timeout makes no new recovery.
TEST_F(Retransmission, DuplicatesAfterATimeout_DoNotStartRecovery) {
  write_segments(6);
  peer.expect_after(kMinRto, seg(1, 1).text(kFull));
  peer.send(seg(1, 1001));
  peer.drain();
  peer.send({seg(1, 1001), seg(1, 1001), seg(1, 1001)});
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 0u);
}

// RFC 5681 3.1: after a timeout the window is one segment.
TEST_F(Retransmission, Timeout_SendsOneSegmentOnly) {
  write_segments(5);
  peer.expect_after(kMinRto, seg(1, 1).text(kFull));
  peer.expect_nothing_for(Duration::milliseconds(300));
  peer.send(seg(1, 1001));
  peer.expect(seg(1001, 1).text(kFull));
  peer.expect(seg(2001, 1).text(kFull));
  peer.expect_nothing();
}

TEST_F(Retransmission, AcknowledgementBeyondTheRepair_SkipsWhatArrived) {
  write_segments(5);
  peer.expect_after(kMinRto, seg(1, 1).text(kFull));
  peer.send(seg(1, 5001));
  peer.expect_nothing_for(Duration::seconds(5));
}

// RFC 6298 3, Karn: an acknowledgement that may be for either transmission says nothing about the round trip, and the
// back-off stays until one does.
TEST_F(Retransmission, AmbiguousAcknowledgement_KeepsTheBackOff) {
  write_segments(1);
  peer.expect_after(kMinRto, seg(1, 1).text(kFull));
  peer.worker.advance(Duration::milliseconds(10));
  peer.send(seg(1, 1001));
  peer.user.write(kFull);
  peer.expect(seg(1001, 1).text(kFull));
  peer.expect_after(kMinRto * 2, seg(1001, 1).text(kFull));
}

// RFC 9293 3.8.3, and a bug others shipped: the control block leaks when the peer vanishes.
TEST_F(Retransmission, DeadPeer_IsGivenUpAfterTheUserTimeout) {
  write_segments(1);
  peer.worker.advance(Duration::seconds(119));
  EXPECT_FALSE(peer.user.closed.has_value());
  peer.worker.advance(Duration::seconds(2));
  EXPECT_EQ(peer.user.closed, tcp::CloseReason::kTimedOut);
  EXPECT_EQ(peer.stack->connections(), 0u);
}

// A bug others shipped: with a round trip below the clock's grain the timeout becomes zero, or never.
TEST_F(Retransmission, RoundTripOfNoTime_KeepsTheSmallestRto) {
  for (int i = 0; i < 20; ++i) {
    peer.user.write("x");
    peer.expect(seg(1 + i, 1).text("x"));
    peer.send(seg(1, 2 + i));
  }
  peer.user.write("y");
  peer.expect(seg(21, 1).text("y"));
  peer.expect_after(kMinRto, seg(21, 1).text("y"));
}

// RFC 6298 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR.
TEST(RetransmissionRto, FollowsTheMeasuredRoundTrip) {
  TcpPeer peer;
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  peer.send(syn().mss(1000));
  peer.take();
  peer.worker.advance(Duration::milliseconds(100));
  peer.send(seg(1, 1));
  peer.user.write("x");
  peer.expect(seg(1, 1).text("x"));
  peer.expect_after(Duration::milliseconds(300), seg(1, 1).text("x"));
}

// A bug others shipped: sequence numbers that wrap corrupt the stream.
// Numbers wrap: the flight has lasted for nearly 2 GiB, and nothing of it was lost.
TEST_F(Retransmission, ThirdDuplicateInAVeryLongFlight_RepairsAtOnce) {
  write_segments(10);
  tcp::Tcb& t = peer.user.connection->tcb();
  t.flight->recover = t.sender.snd_una() - tcp::SeqLen{0x7ffff000};
  peer.send({seg(1, 1001), seg(1, 6001)});
  peer.send({seg(1, 6001), seg(1, 6001), seg(1, 6001)});
  peer.expect(seg(6001, 1).text(kFull));
}

TEST(RetransmissionWrap, OurNumbersMayCrossZero) {
  TcpPeer peer;
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  peer.send(syn().mss(1000));
  peer.take();
  peer.send(rst(1));
  // The clock in the ISN (RFC 6528) brings it to just before the wrap.
  peer.worker.advance(Duration::microseconds(4 * int64_t{0xffffffff - peer.stack_iss - 2000}));
  peer.drain();
  peer.send(syn().mss(1000));
  peer.take();
  ASSERT_GT(peer.stack_iss, 0xffffff00 - 4000);
  peer.send(seg(1, 1));
  peer.user.write(std::string(6000, 'x'));
  for (int i = 0; i < 6; ++i) peer.expect(seg(1 + 1000 * i, 1).text(kFull));
  peer.send(seg(1, 3001));
  peer.send({seg(1, 3001), seg(1, 3001), seg(1, 3001)});
  peer.expect(seg(3001, 1).text(kFull));
  peer.send(seg(1, 6001));
  peer.expect_nothing_for(Duration::seconds(5));
  EXPECT_EQ(peer.user.connection->unacknowledged(), 0u);
}

// RFC 9293 3.8.3 (MUST-21): a user may set it at any time; the timer may be backed off beyond it.
TEST_F(Retransmission, LowerUserTimeout_IsHeededAtOnce) {
  peer.user.write("x");
  peer.worker.advance(Duration::seconds(30));  // the timer is due at 51 s
  tcp::ConnectionOptions options = peer.user.connection->options();
  options.user_timeout = Duration::seconds(35);
  peer.user.connection->set_options(options);
  peer.worker.advance(Duration::seconds(4));
  EXPECT_FALSE(peer.user.closed.has_value());
  peer.worker.advance(Duration::milliseconds(1100));
  EXPECT_EQ(peer.user.closed, tcp::CloseReason::kTimedOut);
  peer.drain();
}

TEST_F(Retransmission, LowerUserTimeoutThanHasPassed_GivesUpAtOnce) {
  peer.send(seg(1, 1).window(0));
  peer.user.write("x");
  peer.worker.advance(Duration::seconds(30));
  tcp::ConnectionOptions options = peer.user.connection->options();
  options.user_timeout = Duration::seconds(20);
  peer.user.connection->set_options(options);
  peer.worker.advance(Duration::milliseconds(2));
  EXPECT_EQ(peer.user.closed, tcp::CloseReason::kTimedOut);
  peer.drain();
}

}  // namespace
}  // namespace sluice::test
