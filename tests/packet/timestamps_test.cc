// RFC 7323: timestamps on every segment once negotiated, PAWS, TS.Recent.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

struct Timestamps : testing::Test {
  void SetUp() override { peer.establish_passive(syn().mss(1460).timestamps(1000, 0)); }

  uint32_t echo_of(const SentSegment& s) { return s.header.options.timestamps.value_or(wire::TcpTimestamps{}).tsecr; }

  TcpPeer peer;
};

// RFC 7323 3.2.
TEST_F(Timestamps, StandOnEverySegmentOnceNegotiated) {
  peer.user.write("x");
  const SentSegment text = peer.take();
  ASSERT_TRUE(text.header.options.timestamps.has_value());
  EXPECT_EQ(echo_of(text), 1000u);
  peer.send(seg(1, 2).text("y").timestamps(1001, 0));
  peer.worker.advance(Duration::milliseconds(40));
  EXPECT_EQ(echo_of(peer.take()), 1001u);
}

TEST_F(Timestamps, AreNotUsedUnlessThePeerOffersThem) {
  TcpPeer plain;
  plain.establish_passive();
  plain.user.write("x");
  plain.expect(seg(1, 1).text("x").no_options());
}

// What is turned off is neither offered nor agreed to, in a connect, in an answer and in a cookie.
TEST(OptionsTurnedOff, AreNotInOurSynsNorTakenFromThePeers) {
  tcp::Settings settings{.timestamps = false, .window_scale = false};
  const auto has_none = [](const SentSegment& s) {
    return !s.header.options.timestamps && !s.header.options.window_scale && s.header.options.sack_permitted;
  };
  TcpPeer active(settings);
  active.user.connection = *active.stack->connect(TcpPeer::kRemote, active.user);
  EXPECT_TRUE(has_none(active.take()));

  for (const uint32_t half_open : {8u, 0u}) {
    settings.max_half_open = half_open;
    TcpPeer passive(settings);
    ASSERT_TRUE(passive.stack->listen(TcpPeer::kLocal, passive.user).ok());
    passive.send(syn().mss(1460).sack_permitted().scale(7).timestamps(1000, 0));
    const SentSegment answer = passive.take();
    EXPECT_FALSE(answer.header.options.timestamps || answer.header.options.window_scale);
    passive.stack_iss = answer.header.seq;
    passive.send(seg(1, 1).window(2000).timestamps(1001, 0).text("x"));
    ASSERT_EQ(passive.user.accepted, 1);
    EXPECT_EQ(passive.user.received, "x");
    passive.user.write(std::string(3000, 'y'));
    const SentSegment text = passive.take();
    EXPECT_EQ(text.text.size(), 1460u) << "no room is left for timestamps";
    EXPECT_FALSE(text.header.options.timestamps);
    passive.expect_nothing();  // the window is not scaled
  }
}

TEST_F(Timestamps, TakeTheirRoomFromTheMss) {
  peer.user.write(std::string(1460, 'x'));
  EXPECT_EQ(peer.take().text.size(), 1448u);
  EXPECT_EQ(peer.take().text.size(), 12u);
}

// RFC 7323 7.1: clocks of different connections tell nothing about the machine.
TEST_F(Timestamps, ClockIsDifferentForEveryTuple) {
  peer.tuple.remote.port = Port{1};
  peer.send(syn().timestamps(1, 0));
  const uint32_t first = peer.take().header.options.timestamps->tsval;
  peer.tuple.remote.port = Port{2};
  peer.send(syn().timestamps(1, 0));
  const uint32_t second = peer.take().header.options.timestamps->tsval;
  EXPECT_NE(first, second);
}

// RFC 7323 5.3, R1.
TEST_F(Timestamps, OlderOne_IsRefusedAndAnswered) {
  peer.send(seg(1, 1).text("old").timestamps(999, 0));
  peer.expect(seg(1, 1));
  EXPECT_EQ(peer.user.received, "");
  EXPECT_EQ(peer.counted(Counter::kTcpPaws), 1u);
}

TEST_F(Timestamps, ClockMayWrap) {
  TcpPeer other;
  other.establish_passive(syn().timestamps(0xffffffff, 0));
  other.send(seg(1, 1).text("new").timestamps(3, 0));
  EXPECT_EQ(other.user.received, "new");
}

// RFC 7323 5.5: after 24 days of silence TS.Recent proves nothing.
TEST_F(Timestamps, AfterTwentyFourDays_AnyValueIsTaken) {
  peer.worker.advance(Duration::seconds(24 * 24 * 3600 + 1));
  peer.send(seg(1, 1).text("late").timestamps(5, 0));
  EXPECT_EQ(peer.user.received, "late");
}

// RFC 7323 3.2.
TEST_F(Timestamps, MissingOne_IsDropped) {
  peer.send(seg(1, 1).text("x"));
  peer.expect_nothing();
  EXPECT_EQ(peer.user.received, "");
  EXPECT_EQ(peer.counted(Counter::kTcpTimestampsMissing), 1u);
}

TEST(TimestampsHandshake, LastAcknowledgementWithoutOne_EstablishesNothing) {
  TcpPeer peer;
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  peer.send(syn().timestamps(1000, 0));
  peer.take();
  peer.send(seg(1, 1));
  EXPECT_EQ(peer.user.accepted, 0);
  EXPECT_EQ(peer.stack->connections(), 0u);
  EXPECT_EQ(peer.counted(Counter::kTcpTimestampsMissing), 1u);
}

// RFC 7323 5.2: RST needs none.
TEST_F(Timestamps, ResetWithoutOne_IsTaken) {
  peer.send(rst(1));
  EXPECT_EQ(peer.user.closed, tcp::CloseReason::kReset);
}

// RFC 7323 4.3: with acknowledgements delayed, the echo is of the oldest segment that is not acknowledged.
TEST_F(Timestamps, DelayedAcknowledgement_EchoesTheEarliestSegment) {
  peer.send({seg(1, 1).text("a").timestamps(1010, 0), seg(2, 1).text("b").timestamps(1020, 0)});
  peer.worker.advance(Duration::milliseconds(40));
  EXPECT_EQ(echo_of(peer.take()), 1010u);
}

// RFC 7323 4.3: a segment ahead of a gap does not move TS.Recent.
// RFC 7323 4.3: its acknowledgement was lost, and the peer measures by its repair.
TEST_F(Timestamps, RepeatedText_IsEchoed) {
  peer.send(seg(1, 1).text("x").timestamps(1001, 0));
  peer.worker.advance(Duration::milliseconds(40));
  EXPECT_EQ(echo_of(peer.take()), 1001u);
  peer.send(seg(1, 1).text("x").timestamps(1300, 0));
  EXPECT_EQ(echo_of(peer.take()), 1300u);
}

// PAWS does not look at RST: a guessed one must not set the clock that others are measured by.
TEST_F(Timestamps, RepeatedTextOfAReset_IsNotEchoed) {
  peer.send(seg(1, 1).text("x").timestamps(1001, 0));
  peer.worker.advance(Duration::milliseconds(40));
  EXPECT_EQ(echo_of(peer.take()), 1001u);
  peer.send(rst(1).text("x").timestamps(2'000'000'000, 0));
  peer.send(seg(2, 1).text("y").timestamps(1002, 0));
  EXPECT_EQ(peer.user.received, "xy");
}

TEST_F(Timestamps, SegmentAheadOfAGap_IsNotEchoed) {
  peer.send(seg(3, 1).text("c").timestamps(1030, 0));
  EXPECT_EQ(echo_of(peer.take()), 1000u);
}

// RFC 7323 4.1: the echo of a retransmission measures it, which ends the back-off (RFC 6298 5).
TEST_F(Timestamps, EchoOfARetransmission_EndsTheBackOff) {
  peer.user.write("x");
  peer.take();
  peer.worker.advance(Duration::milliseconds(201));
  const uint32_t tsval = peer.take().header.options.timestamps->tsval;
  peer.worker.advance(Duration::milliseconds(10));
  peer.send(seg(1, 2).timestamps(1001, tsval));
  peer.user.write("y");
  peer.take();
  peer.worker.advance(Duration::milliseconds(202));
  EXPECT_EQ(peer.take().text, "y");
}

// The echo of a transmission whose acknowledgement was lost measures the timeout and not the path.
TEST_F(Timestamps, EchoOlderThanTheRetransmission_MeasuresNothing) {
  peer.user.write("x");
  const uint32_t tsval = peer.take().header.options.timestamps->tsval;
  peer.worker.advance(Duration::seconds(20));
  peer.drain();
  peer.send(seg(1, 2).timestamps(1001, tsval));
  EXPECT_NE(peer.state().find("srtt_us=1 "), std::string::npos) << peer.state();
}

// RFC 7323 4.3: Last.ACK.sent is the number that our SYN-ACK has acknowledged, wherever the peer's numbers begin.
TEST(TimestampsHandshake, BothAtOnce_TheLastAcknowledgementIsEchoed) {
  for (const uint32_t iss : {0u, 0x40000000u, 0x80000000u, 0xc0000000u}) {
    TcpPeer peer;
    peer.peer_iss = iss;
    peer.begin_connect();
    peer.send(syn().timestamps(1000, 0));
    peer.take();
    peer.send(seg(1, 1).timestamps(1005, 0));
    peer.user.write("x");
    EXPECT_EQ(peer.take().header.options.timestamps->tsecr, 1005u) << iss;
  }
}

}  // namespace
}  // namespace sluice::test
