// Keep-alive: RFC 9293 3.8.4.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

tcp::Settings every_ten_seconds() {
  tcp::Settings settings;
  settings.keep_alive_idle = Duration::seconds(10);
  settings.keep_alive_interval = Duration::seconds(5);
  settings.keep_alive_probes = 3;
  return settings;
}

struct KeepAlive : testing::Test {
  void SetUp() override { peer.establish_passive(); }
  TcpPeer peer{every_ten_seconds()};
};

TEST(KeepAliveDefault, IsOff) {
  TcpPeer peer;
  peer.establish_passive();
  peer.expect_nothing_for(Duration::seconds(24 * 3600));
}

TEST_F(KeepAlive, ProbesAfterTheIdleTime) {
  peer.expect_after(Duration::seconds(10), seg(0, 1));
}

TEST_F(KeepAlive, AnswerBeginsTheIdleTimeAnew) {
  peer.expect_after(Duration::seconds(10), seg(0, 1));
  peer.send(seg(1, 1));
  peer.expect_after(Duration::seconds(10), seg(0, 1));
}

TEST_F(KeepAlive, TextBeginsTheIdleTimeAnew) {
  peer.worker.advance(Duration::seconds(9));
  peer.send(seg(1, 1).text("x"));
  peer.drain();
  peer.worker.advance(Duration::milliseconds(40));
  peer.drain();
  peer.expect_nothing_for(Duration::milliseconds(9900));
}

// RFC 9293 3.8.4: only a silent peer may count as dead, however the times are set.
TEST(KeepAliveLongInterval, AnsweredProbes_GoOnForEver) {
  tcp::Settings settings = every_ten_seconds();
  settings.keep_alive_interval = Duration::seconds(75);
  TcpPeer peer(settings);
  peer.establish_passive();
  for (int i = 0; i < 10; ++i) {
    peer.expect_after(Duration::seconds(10), seg(0, 1));
    peer.send(seg(1, 1));
  }
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

// A bug others shipped: the control block leaks when the peer vanishes.
TEST_F(KeepAlive, SilentPeer_IsGivenUp) {
  peer.expect_after(Duration::seconds(10), seg(0, 1));
  peer.expect_after(Duration::seconds(5), seg(0, 1));
  peer.expect_after(Duration::seconds(5), seg(0, 1));
  peer.expect_after(Duration::seconds(5), rst(1).ack(1));
  EXPECT_EQ(peer.user.closed, tcp::CloseReason::kTimedOut);
}

// RFC 9293 3.8.4: the peer's probe, one number before what is expected.
TEST_F(KeepAlive, ProbeOfThePeer_IsAnswered) {
  peer.send(seg(0, 1));
  peer.expect(seg(1, 1));
}

// The limit of a second is the worker's: whoever uses it up must not make live peers look dead.
TEST_F(KeepAlive, ProbeOfThePeer_IsAnsweredWhileAnotherConnectionFloods) {
  const tcp::FourTuple quiet = peer.tuple;
  const uint32_t quiet_iss = peer.stack_iss;
  ++peer.tuple.remote.port.value;
  peer.send(syn());
  peer.take();
  peer.send(seg(1, 1));
  for (int i = 0; i < 1500; ++i) peer.send(seg(0, 1));
  EXPECT_LE(peer.output.sent.size(), 1000u);
  peer.drain();
  peer.tuple = quiet;
  peer.stack_iss = quiet_iss;
  peer.send(seg(0, 1));
  peer.expect(seg(1, 1));
  peer.send(seg(0, 1));
  peer.expect_nothing();  // two ends must not answer each other for ever
  peer.worker.advance(Duration::milliseconds(500));
  peer.send(seg(0, 1));
  peer.expect(seg(1, 1));
}

// RFC 9293 3.8.4: who was sent no probe cannot have left it without an answer. The user timeout is 120 s.
TEST_F(KeepAlive, TextInFlight_IsLeftToItsOwnTimers) {
  peer.user.write("x");
  peer.expect(seg(1, 1).text("x"));
  peer.worker.advance(Duration::seconds(60));
  for (const SentSegment& s : peer.output.sent) EXPECT_EQ(s.text, "x");
  peer.drain();
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
  peer.worker.advance(Duration::seconds(61));
  EXPECT_EQ(peer.user.closed, tcp::CloseReason::kTimedOut);
}

TEST_F(KeepAlive, AcknowledgementOfTextBeginsTheIdleTimeAnew) {
  peer.user.write("x");
  peer.expect(seg(1, 1).text("x"));
  peer.worker.advance(Duration::seconds(34));
  peer.drain();
  peer.send(seg(1, 2));
  peer.expect_after(Duration::seconds(10), seg(1, 1));
}

// The same while the peer's window is closed: probes of the window find out who is dead.
TEST_F(KeepAlive, TextHeldBackByAClosedWindow_IsLeftToThePersistTimer) {
  peer.send(seg(1, 1).window(0));
  peer.user.write("x");
  peer.expect_nothing();
  peer.worker.advance(Duration::seconds(60));
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
  peer.drain();
}

// A closed connection whose peer answers is given up when its text has made no progress for the user timeout.
TEST_F(KeepAlive, ClosedByItsUser_IsLeftToTheUserTimeout) {
  peer.send(seg(1, 1).window(0));
  peer.user.write("x");
  peer.user.connection->close();
  const auto answer_for = [&](int seconds) {
    for (int i = 0; i < seconds; ++i) {
      peer.worker.advance(Duration::seconds(1));
      if (peer.output.sent.empty()) continue;
      peer.drain();
      peer.send(seg(1, 1).window(0));
    }
    peer.drain();
  };
  answer_for(115);
  EXPECT_TRUE(peer.in_state("FIN-WAIT-1"));
  answer_for(10);
  EXPECT_TRUE(peer.in_state("CLOSED"));
}

}  // namespace
}  // namespace sluice::test
