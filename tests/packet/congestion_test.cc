// How much may be in flight: RFC 5681 3.1, RFC 6928.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

const std::string kFull(1000, 'x');

struct Congestion : testing::Test {
  void SetUp() override { peer.establish_passive(syn().mss(1000)); }

  // How many full segments come next.
  int burst() {
    peer.worker.run_tasks();
    const int n = static_cast<int>(peer.output.sent.size());
    peer.drain();
    return n;
  }

  // How many full segments go out at once after the first `bytes` have been sent alone and acknowledged.
  int burst_after(uint32_t bytes) {
    peer.user.write(std::string(bytes, 'x'));
    burst();
    peer.send(seg(1, 1 + bytes));
    peer.user.write(std::string(40'000, 'x'));
    return burst();
  }

  TcpPeer peer;
};

// RFC 6928 2.
TEST_F(Congestion, InitialWindow_IsTenSegments) {
  peer.user.write(std::string(20'000, 'x'));
  EXPECT_EQ(burst(), 10);
}

// RFC 9406 4.2: by what was acknowledged, eight segments at most.
TEST_F(Congestion, SlowStart_GrowsByWhatIsAcknowledged) {
  peer.user.write(std::string(60'000, 'x'));
  EXPECT_EQ(burst(), 10);
  peer.send(seg(1, 1001));
  EXPECT_EQ(burst(), 2);
  peer.send(seg(1, 3001));
  EXPECT_EQ(burst(), 4);
  peer.send(seg(1, 13'001));
  EXPECT_EQ(burst(), 18);
}

// A bug others shipped: the window is applied to each send instead of to the flight.
TEST_F(Congestion, Window_LimitsTheFlightAndNotEachSend) {
  for (int i = 0; i < 20; ++i) peer.user.write(kFull);
  EXPECT_EQ(burst(), 10);
  for (int i = 0; i < 20; ++i) peer.user.write(kFull);
  EXPECT_EQ(burst(), 0);
}

// RFC 9438 4.6.
TEST_F(Congestion, AfterALoss_TheWindowIsSevenTenths) {
  peer.user.write(std::string(100'000, 'x'));
  EXPECT_EQ(burst(), 10);
  peer.send({seg(1, 1), seg(1, 1), seg(1, 1)});
  EXPECT_GE(burst(), 1);  // the repair, and what limited transmit allowed
  peer.send(seg(1, 12'001));
  const std::string state = peer.state();
  EXPECT_NE(state.find(" ssthresh=7000"), std::string::npos) << state;
  EXPECT_NE(state.find(" cwnd=7000"), std::string::npos) << state;
  peer.drain();
}

// RFC 5681 3.1, equation 4.
TEST(CongestionNewReno, AfterALoss_TheWindowIsHalf) {
  tcp::Settings settings;
  settings.congestion = tcp::Congestion::kNewReno;
  TcpPeer peer(settings);
  peer.establish_passive(syn().mss(1000));
  peer.user.write(std::string(100'000, 'x'));
  for (int i = 0; i < 10; ++i) peer.take();
  peer.send({seg(1, 1), seg(1, 1), seg(1, 1)});
  peer.drain();
  EXPECT_NE(peer.state().find(" ssthresh=5000"), std::string::npos) << peer.state();
}

// RFC 7661 4.3: more than half of the window in flight validates all of it.
TEST_F(Congestion, UserWhoIsLateInSlowStart_DoesNotHoldTheWindowBack) {
  EXPECT_EQ(burst_after(6'000), 16);
}

TEST_F(Congestion, FlightOfLessThanHalf_DoesNotGrowTheWindow) {
  EXPECT_EQ(burst_after(4'000), 10);
}

TEST_F(Congestion, AcknowledgementsWithoutPressure_DoNotGrowTheWindow) {
  for (int i = 0; i < 50; ++i) {
    peer.user.write("x");
    peer.expect(seg(1 + i, 1).text("x"));
    peer.send(seg(1, 2 + i));
  }
  EXPECT_NE(peer.state().find(" cwnd=10000 "), std::string::npos) << peer.state();
}

// RFC 5681 4.1.
TEST_F(Congestion, AfterIdleness_SendingBeginsWithTheInitialWindow) {
  peer.user.write(std::string(30'000, 'x'));
  EXPECT_EQ(burst(), 10);
  for (uint32_t acked = 2001; acked <= 30'001; acked += 2000) peer.send(seg(1, acked));
  peer.drain();
  peer.worker.advance(Duration::seconds(10));
  peer.user.write(std::string(40'000, 'x'));
  EXPECT_EQ(burst(), 10);
}

// RFC 5681 3.1: a lost SYN or SYN-ACK leaves one segment.
TEST(CongestionStart, LostSynAck_MeansAWindowOfOneSegment) {
  TcpPeer peer;
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  peer.send(syn().mss(1000));
  peer.take();
  peer.worker.advance(Duration::milliseconds(1100));
  peer.expect(syn_ack().mss(1460));
  peer.send(seg(1, 1));
  peer.user.write(std::string(5000, 'x'));
  peer.expect(seg(1, 1).text(kFull));
  peer.expect_nothing();
}

}  // namespace
}  // namespace sluice::test
