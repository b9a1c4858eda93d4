// Floods against a worker that serves somebody: each is counted by name, costs a bounded amount of memory and answers,
// and the connection that is there goes on. Floods that fill one table have their tests beside it: SynFlood and
// AckFlood in syn_cookie_test.cc, hoarding in bounds_test.cc, tiny SACK blocks in recovery_test.cc.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

struct Attacked : testing::Test {
  void SetUp() override { peer.establish_passive(); }
  uint32_t packets_held() { return total - peer.worker.packets->available(); }

  TcpPeer peer;
  const uint32_t total = peer.worker.packets->available();
};

// RFC 5961 3: only the one right number of the whole window ends a connection.
TEST_F(Attacked, ResetsAllOverTheWindow_LeaveTheConnection) {
  constexpr uint32_t kWindow = 65'535;
  uint32_t guesses = 0;
  for (uint32_t number = 2; number <= kWindow; number += 7, ++guesses) peer.send(rst(number));
  EXPECT_EQ(peer.counted(Counter::kTcpResetNotExact), guesses);
  EXPECT_LE(peer.output.sent.size(), tcp::Settings().challenge_acks_per_second);
  EXPECT_EQ(packets_held(), 0u);
  peer.drain();
  peer.send(seg(1, 1).text("still here"));
  EXPECT_EQ(peer.user.received, "still here");
}

TEST_F(Attacked, SynsInsideTheConnection_LeaveIt) {
  for (uint32_t i = 0; i < 5'000; ++i) peer.send(TestSegment{.seq_number = 1 + i, .flags = {.syn = true}});
  EXPECT_EQ(peer.counted(Counter::kTcpSynInConnection), 5'000u);
  EXPECT_LE(peer.output.sent.size(), tcp::Settings().challenge_acks_per_second);
  EXPECT_EQ(peer.stack->connections(), 1u);
  EXPECT_EQ(peer.stack->half_open(), 0u);
  peer.drain();
  peer.send(seg(1, 1).text("still here"));
  EXPECT_EQ(peer.user.received, "still here");
}

// RFC 5961 5: text needs an acknowledgement in range, too.
TEST_F(Attacked, BlindText_IsNeverDelivered) {
  for (uint32_t i = 1; i <= 5'000; ++i) peer.send(seg(1, 100'000 * i).text("forged"));
  EXPECT_EQ(peer.counted(Counter::kTcpAckOutOfRange), 5'000u);
  EXPECT_EQ(peer.user.received, "");
  EXPECT_EQ(packets_held(), 0u);
  peer.drain();
  peer.send(seg(1, 1).text("genuine"));
  EXPECT_EQ(peer.user.received, "genuine");
}

// RFC 5961 5 and RFC 7323 4.3: nor does a timestamp count that comes with it. Whoever could set TS.Recent by a guess of
// one number would have PAWS drop the genuine text for weeks.
TEST(AttackedTimestamps, BlindText_LeavesTheClock) {
  TcpPeer peer;
  peer.establish_passive(syn().mss(1460).timestamps(1000, 0));
  peer.send(seg(1, 1).text("first").timestamps(1001, 0));
  const auto forged = [](const TestSegment& s) { return s.timestamps(0x70000000, 0); };
  peer.send(forged(seg(6, 0x10000000).text("forged")));
  peer.send(forged(seg(1, 0x10000000).text("first")));  // ends at RCV.NXT
  peer.send(forged(TestSegment{.seq_number = 6}.text("forged")));
  peer.send(seg(6, 1).text(" genuine").timestamps(1002, 0));
  EXPECT_EQ(peer.user.received, "first genuine");
  EXPECT_EQ(peer.counted(Counter::kTcpPaws), 0u);
}

// RFC 7323 4.3, while the window is closed, too.
TEST(AttackedTimestamps, BlindTextIntoAClosedWindow_LeavesTheClock) {
  tcp::Settings settings;
  settings.receive_buffer_bytes = 2000;
  TcpPeer peer(settings);
  peer.user.reads = false;
  peer.establish_passive(syn().mss(1460).timestamps(1000, 0));
  peer.send(seg(1, 1).text(std::string(1000, 'x')).timestamps(1001, 0));
  peer.send(seg(1001, 1).text(std::string(1000, 'x')).timestamps(1001, 0));
  peer.send(seg(2001, 0x10000000).text("forged").timestamps(0x70000000, 0));
  peer.user.read();
  peer.send(seg(2001, 1).text("genuine").timestamps(1002, 0));
  peer.user.read();
  EXPECT_EQ(peer.user.received, std::string(2000, 'x') + "genuine");
}

// Each of these costs us an acknowledgement: somebody who looks for the cause of a load has to find it named.
TEST_F(Attacked, TextThatWasHereBefore_IsCounted) {
  for (int i = 0; i < 100; ++i) peer.send(seg(11, 1).text("ahead of a gap"));
  EXPECT_EQ(peer.counted(Counter::kTcpTextRepeated), 99u);
  peer.send(seg(1, 1).text("0123456789"));
  for (uint32_t i = 0; i < 100; ++i) peer.send(seg(1 + i, 1).text(std::string(25, 'x')));
  EXPECT_EQ(peer.counted(Counter::kTcpTextRepeated), 199u);
}

// RFC 9293 3.10.7.4, seventh step: ignored, and the acknowledgement that came with it is not.
TEST_F(Attacked, TextBehindTheEnd_IsIgnoredAndCounted) {
  peer.send(seg(1, 1).fin());
  peer.expect(seg(1, 2));
  for (int i = 0; i < 100; ++i) peer.send(seg(2, 1).text("more"));
  peer.expect_nothing();
  EXPECT_EQ(peer.user.received, "");
  EXPECT_EQ(packets_held(), 0u);
  EXPECT_EQ(peer.counted(Counter::kTcpTextAfterEnd), 100u);
  peer.user.write("answer");
  peer.expect(seg(1, 2).text("answer"));
  peer.send(seg(2, 7).text("more"));
  EXPECT_EQ(peer.user.connection->unacknowledged(), 0u);
}

TEST_F(Attacked, TextForNobody_IsCounted) {
  peer.user.connection->close();
  for (uint32_t i = 0; i < 100; ++i) peer.send(seg(1 + i, 2).text("x"));
  EXPECT_EQ(peer.counted(Counter::kTcpTextUnwanted), 100u);
  EXPECT_EQ(packets_held(), 0u);
}

TEST_F(Attacked, TinySegments_AreCounted) {
  for (uint32_t i = 0; i < 100; ++i) peer.send(seg(1 + i, 1).text("x"));
  peer.send(seg(101, 1).text(std::string(88, 'x')));
  EXPECT_EQ(peer.counted(Counter::kTcpSmallSegments), 100u);
}

TEST_F(Attacked, SynFlood_LeavesATransferAlone) {
  for (uint32_t i = 0; i < 50; ++i) {
    const tcp::FourTuple established = peer.tuple;
    const uint32_t iss = peer.stack_iss;
    for (uint16_t port = 1; port <= 200; ++port) {
      peer.tuple.remote = {IpAddress::v4(0xC6130000 + i), Port{port}};
      peer.send(syn());
      peer.drain();
    }
    peer.tuple = established;
    peer.stack_iss = iss;
    peer.send(seg(1 + i * 4, 1).text("text"));
    peer.drain();
  }
  EXPECT_GT(peer.counted(Counter::kTcpSynCookiesSent), 0u);
  EXPECT_EQ(peer.stack->half_open(), tcp::Settings().max_half_open);
  EXPECT_EQ(peer.user.received.size(), 200u);
  EXPECT_EQ(packets_held(), 0u);
}

// A peer that has us repeat ourselves by saying the same thing again.
TEST_F(Attacked, DuplicateAcknowledgements_CauseOneRepairAndNoMoreThanTheWindow) {
  peer.user.write(std::string(100'000, 'x'));
  peer.worker.run_tasks();
  for (int i = 0; i < 10'000; ++i) peer.send(seg(1, 1));
  EXPECT_EQ(peer.counted(Counter::kTcpSegmentsRetransmitted), 1u);
  size_t text = 0;
  for (const SentSegment& sent : peer.output.sent) text += sent.text.size();
  EXPECT_LE(text, 65'535u + 1460u);
}

// A window of one byte: a byte each acknowledgement, and no more kept than was written.
TEST_F(Attacked, TinyWindow_GetsOneSmallSegmentAtATime) {
  peer.peer_window = 1;
  peer.send(seg(1, 1));
  peer.user.write(std::string(20'000, 'x'));
  peer.drain();
  const uint32_t held = packets_held();
  EXPECT_LE(held, 20'000 / PacketPool::kDataRoom + 2);
  for (uint32_t i = 0; i < 500; ++i) {
    peer.worker.advance(Duration::seconds(1));
    EXPECT_LE(peer.output.sent.size(), 8u);
    for (const SentSegment& sent : peer.output.sent) EXPECT_LE(sent.text.size(), 1u);
    peer.drain();
    peer.send(seg(1, 2 + i));
  }
  EXPECT_LE(packets_held(), held);
  EXPECT_GT(peer.counted(Counter::kTcpSmallWindows), 0u);
}

// A thousand tellings of one stretch ahead of a gap, each shifted by a byte: kept once, delivered once.
TEST_F(Attacked, OverlappingSegments_AreKeptOnce) {
  for (uint32_t i = 0; i < 1'000; ++i) peer.send(seg(2 + i, 1).text(std::string(1000, 'x')));
  EXPECT_LE(packets_held(), 2'000 / PacketPool::kDataRoom + 3);
  peer.drain();
  peer.send(seg(1, 1).text("x"));
  EXPECT_EQ(peer.user.received, std::string(2'000, 'x'));
  EXPECT_EQ(packets_held(), 0u);
}

// As many as there may be, with nothing but their handshake: the next one waits outside, who is in goes on.
TEST(AttackedFull, ConnectionsThatNeverSend_KeepOthersOutAndNobodyIn) {
  tcp::Settings settings;
  settings.max_connections = 100;
  TcpPeer peer(settings);
  peer.establish_passive();
  const tcp::FourTuple established = peer.tuple;
  const uint32_t iss = peer.stack_iss;
  for (uint16_t port = 1; port <= 200; ++port) {
    peer.tuple.remote.port = Port{port};
    peer.send(syn());
    peer.take();
    peer.send(seg(1, 1));
    peer.drain();
  }
  EXPECT_EQ(peer.stack->connections(), 100u);
  EXPECT_EQ(peer.counted(Counter::kTcpConnectionsFull), 101u);
  peer.tuple = established;
  peer.stack_iss = iss;
  peer.user.received.clear();
  peer.send(seg(1, 1).text("still here"));
  EXPECT_EQ(peer.counted(Counter::kTcpConnectionsFull), 101u);
}

// The limit of challenge acknowledgements is the worker's (RFC 5961 7): whoever uses it up must not silence what others
// need.
struct FloodNextDoor : testing::Test {
  static tcp::Settings few_challenges() {
    tcp::Settings settings;
    settings.challenge_acks_per_second = 10;
    return settings;
  }
  // Another connection uses up the limit of this second.
  void flood() {
    const tcp::FourTuple quiet = peer.tuple;
    const uint32_t quiet_iss = peer.stack_iss;
    peer.tuple = {TcpPeer::kLocal, {TcpPeer::kRemote.address, Port{9}}};
    peer.send(syn());
    peer.take();
    peer.send(seg(1, 1));
    for (int i = 0; i < 100; ++i) peer.send(syn());
    EXPECT_LE(peer.output.sent.size(), 10u);
    peer.drain();
    peer.tuple = quiet;
    peer.stack_iss = quiet_iss;
  }

  TcpPeer peer{few_challenges()};
};

// RFC 5961 4.2: without the answer a peer that has restarted cannot reset what is left of its old connection.
TEST_F(FloodNextDoor, RestartedPeer_IsChallengedTwiceASecond) {
  peer.establish_passive();
  flood();
  peer.send(syn());
  peer.expect(seg(1, 1));
  peer.send(syn());
  peer.expect_nothing();
  peer.worker.advance(Duration::milliseconds(500));
  peer.send(syn());
  peer.expect(seg(1, 1));
}

TEST_F(FloodNextDoor, SynAckThatComesAgain_IsAcknowledged) {
  ASSERT_TRUE(peer.stack->listen({IpAddress::v4(0), TcpPeer::kLocal.port}, peer.user).ok());
  peer.establish_active();
  flood();
  peer.send(syn_ack());
  peer.expect(seg(1, 1));
}

TEST_F(FloodNextDoor, FinThatComesAgainInTimeWait_IsAcknowledged) {
  peer.establish_passive();
  peer.user.connection->shutdown_write();
  peer.take();
  peer.send(seg(1, 2).fin());
  peer.expect(seg(2, 2));
  flood();
  peer.send(seg(1, 2).fin());
  peer.expect(seg(2, 2));
  peer.send(seg(1, 1));  // carries nothing
  peer.expect_nothing();
}

}  // namespace
}  // namespace sluice::test
