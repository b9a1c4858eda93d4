// Windows of both sides: RFC 9293 3.8.6, RFC 7323 2.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

const std::string kFull(1000, 'x');
constexpr auto kMinRto = Duration::milliseconds(200);

struct FlowControl : testing::Test {
  void SetUp() override { peer.establish_passive(syn().mss(1000)); }

  // The peer's window is closed and text waits behind it.
  void close_window() {
    peer.send(seg(1, 1).window(0));
    peer.user.write(std::string(3000, 'x'));
    peer.expect_nothing();
  }

  TcpPeer peer;
};

TEST_F(FlowControl, PeersWindow_LimitsTheFlight) {
  peer.send(seg(1, 1).window(2500));
  peer.user.write(std::string(9000, 'x'));
  peer.expect(seg(1, 1).text(kFull));
  peer.expect(seg(1001, 1).text(kFull));
  // RFC 9293 3.8.6.2.1: the 500 bytes left are no full segment.
  peer.expect_nothing();
}

// RFC 9293 3.8.6.1, and a bug others shipped: a probe of zero length proves nothing.
TEST_F(FlowControl, ZeroWindow_ProbeCarriesAByte) {
  close_window();
  peer.expect_after(kMinRto, seg(1, 1).text("x"));
}

TEST_F(FlowControl, ZeroWindow_ProbeBacksOff) {
  close_window();
  Duration interval = kMinRto;
  for (int i = 0; i < 6; ++i, interval = interval * 2) {
    peer.expect_after(interval, seg(1, 1).text("x"));
    peer.send(seg(1, 1).window(0));
  }
}

// RFC 9293 3.8.6.1: the connection stays open while the peer answers.
TEST_F(FlowControl, ZeroWindow_AnsweredProbesGoOnForEver) {
  close_window();
  for (int i = 0; i < 600; ++i) {
    peer.worker.advance(Duration::seconds(1));
    if (!peer.output.sent.empty()) peer.send(seg(1, 1).window(0));
    peer.drain();
  }
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

TEST_F(FlowControl, ZeroWindow_SilentPeerIsGivenUp) {
  close_window();
  peer.worker.advance(Duration::seconds(121));
  EXPECT_EQ(peer.user.closed, tcp::CloseReason::kTimedOut);
}

// A connection that its user has closed does not serve a peer that never opens its window.
TEST_F(FlowControl, ZeroWindow_OrphanIsGivenUpAlthoughThePeerAnswers) {
  close_window();
  peer.user.connection->close();
  for (int i = 0; i < 200; ++i) {
    peer.worker.advance(Duration::seconds(1));
    if (peer.stack->connections() > 0 && !peer.output.sent.empty()) peer.send(seg(1, 1).window(0));
    peer.drain();
  }
  EXPECT_EQ(peer.stack->connections(), 0u);
}

TEST_F(FlowControl, OpenedWindow_ResumesAtOnce) {
  close_window();
  peer.expect_after(kMinRto, seg(1, 1).text("x"));
  peer.send(seg(1, 1).window(5000));
  peer.expect(seg(1, 1).text(kFull));
  peer.expect(seg(1001, 1).text(kFull));
  peer.expect(seg(2001, 1).text(kFull));
}

TEST_F(FlowControl, AcceptedProbe_IsNotSentAgain) {
  close_window();
  peer.expect_after(kMinRto, seg(1, 1).text("x"));
  peer.send(seg(1, 2).window(5000));
  peer.expect(seg(2, 1).text(kFull));
}

// RFC 9293 3.8.6.2.1: the override timeout sends what a small window takes.
TEST_F(FlowControl, SmallWindow_GetsWhatFitsAfterTheTimeout) {
  peer.send(seg(1, 1).window(300));
  peer.user.write(std::string(3000, 'x'));
  peer.expect_after(kMinRto, seg(1, 1).text(std::string(300, 'x')));
}

TEST_F(FlowControl, FinBehindAClosedWindow_IsProbedFor) {
  peer.send(seg(1, 1).window(0));
  peer.user.connection->shutdown_write();
  peer.expect_after(kMinRto, seg(1, 1).fin());
  peer.send(seg(1, 2));
  EXPECT_TRUE(peer.in_state("FIN-WAIT-2"));
}

// RFC 9293 3.8.6: what was offered is not taken back.
TEST_F(FlowControl, OurWindow_ShrinksOnlyByWhatArrives) {
  peer.user.reads = false;
  peer.send(seg(1, 1).text(kFull));
  peer.send(seg(1001, 1).text(kFull));
  peer.expect(seg(1, 2001).window(65535 - 2000));
}

// RFC 9293 3.8.6.2.2.
TEST_F(FlowControl, OurWindow_IsNotOpenedByCrumbs) {
  peer.user.reads = false;
  uint32_t next = 1;
  for (; next + 1000 <= 65'535; next += 1000) peer.send(seg(next, 1).text(kFull));
  peer.send(seg(next, 1).text(std::string(65'536 - next, 'x')));
  peer.drain();
  peer.send(seg(65'536, 1).text("x"));
  peer.expect(seg(1, 65'536).window(0));
  SliceQueue& queue = peer.user.connection->readable();
  queue.consume(100);
  peer.user.connection->consumed(100);
  peer.expect_nothing();
  queue.consume(20'000);
  peer.user.connection->consumed(20'000);
  peer.expect(seg(1, 65'536).window(20'100));
}

// A closed window still takes acknowledgements (RFC 9293 3.10.7.4, first step), and a probe is answered.
TEST_F(FlowControl, OurClosedWindow_RefusesTextButTakesTheAcknowledgement) {
  peer.user.reads = false;
  peer.user.write("answer");
  peer.expect(seg(1, 1).text("answer"));
  uint32_t next = 1;
  for (; next + 1000 <= 65'535; next += 1000) peer.send(seg(next, 1).text(kFull));
  peer.send(seg(next, 1).text(std::string(65'536 - next, 'x')));
  peer.drain();
  peer.send(seg(65'536, 7).text("p"));
  peer.expect(seg(7, 65'536).window(0));
  EXPECT_EQ(peer.user.connection->unacknowledged(), 0u);
}

// A bug others shipped: with both windows closed, each side's acknowledgement is unacceptable to the other and is
// answered, for ever. Ours always lies where the peer's window ends.
TEST_F(FlowControl, BothWindowsClosed_DoNotMakeAnAckStorm) {
  peer.user.reads = false;
  uint32_t next = 1;
  for (; next + 1000 <= 65'535; next += 1000) peer.send(seg(next, 1).text(kFull));
  peer.send(seg(next, 1).text(std::string(65'536 - next, 'x')).window(0));
  peer.worker.advance(Duration::milliseconds(40));
  peer.drain();
  peer.user.write("blocked");
  peer.expect_after(kMinRto, seg(1, 65'536).text("b"));
  peer.send(seg(65'536, 1).window(0).text("p"));
  peer.expect(seg(1, 65'536).window(0));
  peer.send(seg(65'536, 1).window(0));
  peer.expect_nothing();
}

// RFC 7323 2.2: a SYN's own window is not scaled, later ones are.
TEST_F(FlowControl, ScaledWindow_AllowsALargeFlight) {
  TcpPeer other;
  other.establish_passive(syn().mss(1000).scale(7));
  other.peer_window = 100;
  other.send(seg(1, 1));
  other.user.write(std::string(13'000, 'x'));
  for (int i = 0; i < 10; ++i) other.expect(seg(1 + 1000 * i, 1).text(kFull));
  other.send(seg(1, 10'001));
  other.expect(seg(10'001, 1).text(kFull));
  other.expect(seg(11'001, 1).text(kFull));
  other.expect(seg(12'001, 1).text(kFull));
}

TEST_F(FlowControl, ScaledWindow_IsOfferedOnlyToWhoOfferedIt) {
  TcpPeer with;
  ASSERT_TRUE(with.stack->listen(TcpPeer::kLocal, with.user).ok());
  with.send(syn().scale(2));
  with.expect(syn_ack().mss(1460).scale(7));
  TcpPeer without;
  ASSERT_TRUE(without.stack->listen(TcpPeer::kLocal, without.user).ok());
  without.send(syn());
  without.expect(syn_ack().mss(1460));
}

// RFC 9293 3.7.4, off by default.
TEST_F(FlowControl, Nagle_HoldsASmallSegmentWhileOneIsInFlight) {
  tcp::Settings settings;
  settings.nagle = true;
  TcpPeer other(settings);
  other.establish_passive(syn().mss(1000));
  other.user.write("a");
  other.expect(seg(1, 1).text("a"));
  other.user.write("b");
  other.user.write("c");
  other.expect_nothing();
  other.send(seg(1, 2));
  other.expect(seg(2, 1).text("bc"));
}

TEST_F(FlowControl, Room_EndsWritingAndAnEventResumesIt) {
  const size_t room = peer.user.connection->room();
  peer.user.write(std::string(room, 'x'));
  EXPECT_EQ(peer.user.connection->room(), 0u);
  uint32_t acked = 1;
  for (; peer.user.writable == 0 && acked < room; acked += 1000) {
    peer.drain();
    peer.send(seg(1, acked + 1000));
  }
  EXPECT_EQ(peer.user.writable, 1);
  EXPECT_GE(peer.user.connection->room(), room / 4);
}

// What is repeated carries the window of now: with an acknowledgement that is new it is the newest.
TEST_F(FlowControl, RepeatedTextWithANewAcknowledgement_UpdatesTheWindow) {
  peer.user.write(std::string(20'000, 'x'));
  peer.drain();
  peer.send(seg(101, 1).text(std::string(100, 'b')).window(10'000));
  peer.drain();
  peer.send(seg(1, 5001).text(std::string(100, 'a')).window(0));
  peer.expect(seg(5001, 201));
  peer.expect_nothing();
}

// An old one has the window of then.
TEST_F(FlowControl, OvertakenText_LeavesTheWindow) {
  peer.user.write(std::string(2000, 'x'));
  peer.drain();
  peer.send(seg(101, 2001).text(std::string(100, 'b')).window(9000));
  peer.send(seg(1, 2001).text(std::string(100, 'a')).window(0));
  peer.drain();
  peer.user.write(kFull);
  peer.expect(seg(2001, 201).text(kFull));
}

}  // namespace
}  // namespace sluice::test
