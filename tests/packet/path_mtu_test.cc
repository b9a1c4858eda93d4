// Path MTU: RFC 1191, RFC 8201, RFC 4821.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

using Kind = tcp::IcmpError::Kind;

struct PathMtu : testing::Test {
  void SetUp() override { peer.establish_passive(); }

  void next_connection() {
    ++peer.tuple.remote.port.value;
    peer.send(syn().mss(1460));
    EXPECT_EQ(peer.take().header.options.mss, 1460);  // what we receive does not change with what we send
    peer.send(seg(1, 1));
  }
  // The size of the next segment of a long text.
  size_t segment_size() {
    peer.user.write(std::string(3000, 'x'));
    const size_t n = peer.take().text.size();
    peer.drain();
    return n;
  }
  void learn(uint16_t mtu) {
    peer.user.write(std::string(1460, 'x'));
    peer.drain();
    peer.error(Kind::kPacketTooBig, 1, mtu);
    peer.send(seg(1, 1461));
    peer.drain();
  }

  TcpPeer peer;
};

TEST_F(PathMtu, IsLearntForAllConnectionsToTheDestination) {
  learn(1040);
  EXPECT_EQ(peer.counted(Counter::kTcpPathMtuIcmp), 1u);
  next_connection();
  EXPECT_EQ(segment_size(), 1000u);
}

TEST_F(PathMtu, IsFollowedByConnectionsThatAreOpen) {
  tcp::Connection* first = peer.user.connection;
  next_connection();
  learn(1040);
  --peer.tuple.remote.port.value;
  first->write(peer.worker.slices(std::string(3000, 'x')));
  EXPECT_EQ(peer.take().text.size(), 1000u);
  peer.drain();
}

TEST_F(PathMtu, OfAnotherDestination_IsItsOwn) {
  learn(1040);
  peer.tuple.remote.address = IpAddress::v4(0xC6120003);
  next_connection();
  EXPECT_EQ(segment_size(), 1460u);
}

// RFC 1191 6.3.
TEST_F(PathMtu, IsForgottenAfterTenMinutes) {
  learn(1040);
  peer.worker.advance(tcp::PathMtus::kLife + Duration::seconds(1));
  next_connection();
  EXPECT_EQ(segment_size(), 1460u);
}

// RFC 5681 3.1: the loss window is a segment of what is sent now. With nothing in flight one that is smaller would wait
// for the persist timer, as if the peer had closed its window.
TEST_F(PathMtu, WindowThatATimeoutLeft_HoldsASegmentOfTheLargerSize) {
  learn(576);
  peer.user.write(std::string(536, 'x'));
  peer.take();
  peer.worker.advance(Duration::seconds(3));
  EXPECT_GT(peer.counted(Counter::kTcpRetransmissionTimeouts), 0u);
  peer.drain();
  peer.send(seg(1, 1997));
  peer.worker.advance(tcp::PathMtus::kLife + Duration::seconds(1));
  peer.user.write(std::string(3000, 'x'));
  EXPECT_EQ(peer.take().text.size(), 1460u);
  peer.drain();
  EXPECT_EQ(peer.counted(Counter::kTcpWindowProbes), 0u);
}

TEST_F(PathMtu, LargerThanWhatIsKnown_IsNotBelieved) {
  learn(1040);
  peer.user.write(std::string(1000, 'x'));
  peer.take();
  peer.error(Kind::kPacketTooBig, 1461, 1400);
  EXPECT_EQ(peer.counted(Counter::kTcpPathMtuIcmp), 1u);
  next_connection();
  EXPECT_EQ(segment_size(), 1000u);
}

// RFC 4821 7.7: packets of full size vanish, smaller ones go through, and nobody says a word.
struct SilentRouters : PathMtu {
  // A long text, of which nothing arrives until segments get smaller; the first full one, in two small ones, does.
  void vanish() {
    peer.user.write(std::string(8 * 1460, 'x'));
    peer.drain();
    for (int i = 0; i < 100 && peer.state().find("mss=1240") == std::string::npos; ++i) {
      peer.worker.advance(Duration::milliseconds(100));
    }
    EXPECT_EQ(peer.counted(Counter::kTcpRetransmissionTimeouts), 3u);
    peer.drain();
    peer.send(seg(1, 1 + 1460));
  }
  // The first segment of the size that was suspected.
  SentSegment take_full() {
    while (!peer.output.sent.empty()) {
      SentSegment s = peer.take();
      if (s.text.size() == 1460) return s;
    }
    ADD_FAILURE() << "no full segment";
    return {};
  }
};

TEST_F(SilentRouters, AreFoundOutWhenOneMoreFullSegmentVanishes) {
  vanish();
  take_full();
  EXPECT_EQ(peer.counted(Counter::kTcpPathMtuBlackHole), 0u);
  for (int i = 0; i < 100 && peer.counted(Counter::kTcpPathMtuBlackHole) == 0; ++i) {
    peer.worker.advance(Duration::milliseconds(100));
  }
  EXPECT_EQ(peer.counted(Counter::kTcpPathMtuBlackHole), 1u);
  peer.drain();
  peer.send(seg(1, 1 + 8 * 1460));
  next_connection();
  EXPECT_EQ(segment_size(), 1240u);
}

TEST_F(SilentRouters, OnlyOneFullSegmentIsRiskedToFindOut) {
  vanish();
  take_full();
  while (!peer.output.sent.empty()) EXPECT_LE(peer.take().text.size(), 1240u);
}

TEST_F(SilentRouters, PathThatWasDownForAWhile_GetsItsSizeBack) {
  vanish();
  const uint32_t end = take_full().header.seq + 1460;
  peer.drain();
  peer.send(seg(1, end - peer.stack_iss));
  EXPECT_NE(peer.state().find("mss=1460"), std::string::npos) << peer.state();
  EXPECT_EQ(peer.counted(Counter::kTcpPathMtuBlackHole), 0u);
  peer.drain();
  next_connection();
  EXPECT_EQ(segment_size(), 1460u);
}

// A router that speaks after all knows more than a guess.
TEST_F(SilentRouters, ExactSizeFromARouter_EndsTheSuspicion) {
  vanish();
  const uint32_t tried = take_full().header.seq - peer.stack_iss;
  peer.drain();
  peer.error(Kind::kPacketTooBig, tried, 1400);
  EXPECT_EQ(peer.take().text.size(), 1360u) << "sent again at once";
  peer.worker.advance(Duration::seconds(5));
  peer.drain();
  peer.send(seg(1, 1 + 8 * 1460));
  EXPECT_EQ(peer.counted(Counter::kTcpPathMtuBlackHole), 0u);
  EXPECT_NE(peer.state().find("mss=1360"), std::string::npos) << peer.state();
  next_connection();
  EXPECT_EQ(segment_size(), 1360u);
}

TEST_F(SilentRouters, SuspectedByOneConnection_AreNoBusinessOfOthers) {
  vanish();
  peer.drain();
  next_connection();
  EXPECT_EQ(segment_size(), 1460u);
}

struct SilentRoutersAndSack : SilentRouters {
  void SetUp() override { peer.establish_passive(syn().mss(1460).sack_permitted()); }
  // A full segment arrives in two smaller ones: the next full one is to be of the old size.
  void suspect() {
    peer.user.write(std::string(1460, 'x'));
    peer.drain();
    for (int i = 0; i < 100 && peer.state().find("mss=1240") == std::string::npos; ++i) {
      peer.worker.advance(Duration::milliseconds(100));
    }
    peer.drain();
    peer.send(seg(1, 1 + 1240));
    peer.drain();
    peer.send(seg(1, 1 + 1460));
    peer.drain();
  }
};

TEST_F(SilentRoutersAndSack, SmallSegmentLostInFrontOfTheFullOne_SaysNothingOfThePath) {
  suspect();
  peer.user.write(std::string(500, 'x'));
  EXPECT_EQ(peer.take().text.size(), 500u);
  peer.worker.advance(Duration::milliseconds(10));
  peer.user.write(std::string(3000, 'x'));
  const SentSegment tried = peer.take();
  ASSERT_EQ(tried.text.size(), 1460u);
  ASSERT_EQ(tried.header.seq - peer.stack_iss, 1961u);
  peer.drain();
  peer.worker.advance(Duration::milliseconds(20));
  peer.send(seg(1, 1461).sack({{1961, 3421}}));
  for (int i = 0; i < 20 && peer.counted(Counter::kTcpFastRetransmits) == 0; ++i) {
    peer.worker.advance(Duration::milliseconds(5));
  }
  ASSERT_EQ(peer.counted(Counter::kTcpFastRetransmits), 1u);
  peer.drain();
  peer.send(seg(1, 4961));
  EXPECT_EQ(peer.counted(Counter::kTcpPathMtuBlackHole), 0u);
  EXPECT_NE(peer.state().find("mss=1460"), std::string::npos) << peer.state();
}

// RFC 8985 7: a probe goes out before anything is known to be lost.
TEST_F(SilentRoutersAndSack, ProbeOfATailThatIsOnlyLate_SaysNothingOfThePath) {
  suspect();
  peer.user.write(std::string(1460, 'x'));
  ASSERT_EQ(peer.take().text.size(), 1460u);
  const uint64_t probes = peer.counted(Counter::kTcpTailLossProbes);
  for (int i = 0; i < 100 && peer.counted(Counter::kTcpTailLossProbes) == probes; ++i) {
    peer.worker.advance(Duration::milliseconds(10));
  }
  ASSERT_EQ(peer.counted(Counter::kTcpTailLossProbes), probes + 1);
  peer.drain();
  peer.send(seg(1, 2921));
  EXPECT_EQ(peer.counted(Counter::kTcpPathMtuBlackHole), 0u);
  EXPECT_NE(peer.state().find("mss=1460"), std::string::npos) << peer.state();
}

TEST_F(PathMtu, SilentRouters_AreNeverAnsweredBelowTheFloor) {
  peer.user.write(std::string(1460, 'x'));
  peer.worker.advance(Duration::seconds(60));
  peer.drain();
  EXPECT_NE(peer.state().find("mss=536"), std::string::npos) << peer.state();
}

TEST_F(PathMtu, ShortSegmentsThatVanish_SayNothingOfThePath) {
  peer.user.write("short");
  peer.worker.advance(Duration::seconds(30));
  EXPECT_EQ(peer.counted(Counter::kTcpPathMtuBlackHole), 0u);
  peer.drain();
}

TEST_F(PathMtu, DeadPeer_WasNoBlackHole) {
  peer.user.write(std::string(1460, 'x'));
  peer.worker.advance(Duration::seconds(200));
  EXPECT_EQ(peer.user.closed, tcp::CloseReason::kTimedOut);
  peer.drain();
  next_connection();
  EXPECT_EQ(segment_size(), 1460u);
}

}  // namespace
}  // namespace sluice::test
