// Handshakes while the table of half-open connections is full: RFC 4987 3.6.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

tcp::Settings without_backlog() {
  tcp::Settings settings;
  settings.max_half_open = 0;
  return settings;
}

struct SynCookie : testing::Test {
  void SetUp() override { ASSERT_TRUE(peer.stack->listen({IpAddress::v4(0), TcpPeer::kLocal.port}, peer.user).ok()); }

  TcpPeer peer{without_backlog()};
};

TEST_F(SynCookie, KeepsNothingAndStillEstablishes) {
  peer.send(syn().mss(1460));
  peer.expect(syn_ack().mss(1460));
  EXPECT_EQ(peer.stack->half_open(), 0u);
  EXPECT_EQ(peer.counted(Counter::kTcpSynCookiesSent), 1u);
  peer.send(seg(1, 1));
  peer.expect_nothing();
  EXPECT_EQ(peer.user.accepted, 1);
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
  EXPECT_EQ(peer.counted(Counter::kTcpSynCookiesAccepted), 1u);
}

TEST_F(SynCookie, IsNotSentAgain) {
  peer.send(syn());
  peer.take();
  peer.expect_nothing_for(Duration::seconds(30));
}

TEST_F(SynCookie, LostThirdSegment_TheRequestItselfEstablishes) {
  peer.send(syn().mss(1460));
  peer.take();
  peer.send(seg(1, 1).text("GET /"));
  EXPECT_EQ(peer.user.received, "GET /");
}

TEST_F(SynCookie, Mss_IsKeptAsTheNextSmallerOfTheTable) {
  peer.send(syn().mss(1400));
  peer.take();
  peer.send(seg(1, 1));
  peer.user.write(std::string(1400, 'x'));
  peer.expect(seg(1, 1).text(std::string(1360, 'x')));
}

TEST_F(SynCookie, WithTimestamps_KeepsTheScale) {
  peer.send(syn().mss(1460).scale(7).timestamps(100, 0));
  const SentSegment answer = peer.take();
  ASSERT_TRUE(answer.header.options.timestamps);
  EXPECT_EQ(answer.header.options.timestamps->tsecr, 100u);
  EXPECT_TRUE(answer.header.options.window_scale);
  peer.send(seg(1, 1).window(10).timestamps(101, answer.header.options.timestamps->tsval));
  EXPECT_NE(peer.state().find("snd_wnd=1280 "), std::string::npos) << peer.state();
}

TEST_F(SynCookie, WithTimestamps_KeepsSack) {
  peer.send(syn().mss(1460).sack_permitted().timestamps(100, 0));
  const SentSegment answer = peer.take();
  EXPECT_TRUE(answer.header.options.sack_permitted);
  peer.send(seg(1, 1).timestamps(101, answer.header.options.timestamps->tsval));
  peer.send(seg(6, 1).text("later").timestamps(102, 0));
  EXPECT_EQ(peer.take().header.options.sack_count, 1u);
}

TEST_F(SynCookie, WithoutTimestamps_AgreesToNoScaleOrSack) {
  peer.send(syn().mss(1460).scale(7).sack_permitted());
  peer.expect(syn_ack().mss(1460));
  peer.send(seg(1, 1).window(10));
  EXPECT_NE(peer.state().find("snd_wnd=10 "), std::string::npos) << peer.state();
}

// RFC 7323 5.4: the connection's timestamps go on from the cookie's.
TEST_F(SynCookie, Timestamps_NeverGoBack) {
  for (uint8_t scale = 0; scale <= 14; ++scale) {
    peer.tuple.remote.port = Port{static_cast<uint16_t>(1000 + scale)};
    peer.send(syn().mss(1460).scale(scale).timestamps(100, 0));
    const uint32_t cookie = peer.take().header.options.timestamps->tsval;
    peer.send(seg(1, 1).timestamps(101, cookie));
    peer.user.write("x");
    const SentSegment data = peer.take();
    EXPECT_GE(static_cast<int32_t>(data.header.options.timestamps->tsval - cookie), 0);
    EXPECT_LT(static_cast<int32_t>(data.header.options.timestamps->tsval - cookie), 64);
  }
}

TEST_F(SynCookie, EchoWithoutTimestamps_IsRefused) {
  peer.send(syn().mss(1460).scale(7).timestamps(100, 0));
  peer.take();
  peer.send(seg(1, 1));
  peer.expect(TestSegment{.seq_number = 1, .flags = {.rst = true}});
  EXPECT_EQ(peer.user.accepted, 0);
}

TEST_F(SynCookie, GuessedNumbers_EstablishNothing) {
  peer.send(syn());
  peer.take();
  for (uint32_t guess = 2; guess < 5000; ++guess) peer.send(seg(1, guess * 0x10003));
  peer.drain();
  EXPECT_EQ(peer.user.accepted, 0);
  EXPECT_EQ(peer.counted(Counter::kTcpSynCookiesRefused), 4998u);
}

TEST_F(SynCookie, OfAnotherPeer_IsRefused) {
  peer.send(syn());
  peer.take();
  peer.tuple.remote.port = Port{7};
  peer.send(seg(1, 1));
  EXPECT_EQ(peer.user.accepted, 0);
}

TEST_F(SynCookie, OfTheLastPeriod_IsGood) {
  peer.send(syn());
  peer.take();
  peer.worker.advance(tcp::SynCookies::kPeriod);
  peer.send(seg(1, 1));
  EXPECT_EQ(peer.user.accepted, 1);
}

TEST_F(SynCookie, OfAnOlderPeriod_IsRefused) {
  peer.send(syn());
  peer.take();
  peer.worker.advance(tcp::SynCookies::kPeriod);
  peer.tuple.remote.port = Port{7};
  const uint32_t iss = peer.stack_iss;
  peer.send(syn());  // cookies are still about
  peer.drain();
  peer.worker.advance(tcp::SynCookies::kPeriod);
  peer.tuple.remote = TcpPeer::kRemote;
  peer.stack_iss = iss;
  peer.send(seg(1, 1));
  EXPECT_EQ(peer.user.accepted, 0);
  EXPECT_EQ(peer.counted(Counter::kTcpSynCookiesRefused), 1u);
}

TEST_F(SynCookie, NoneAbout_NoAcknowledgementIsLookedAt) {
  peer.send(seg(1, 1));
  EXPECT_EQ(peer.counted(Counter::kTcpSynCookiesRefused), 0u);
  EXPECT_EQ(peer.counted(Counter::kTcpNoConnection), 1u);
}

TEST(SynCookieFull, NoRoomForConnections_TheNextSegmentTriesAgain) {
  tcp::Settings settings = without_backlog();
  settings.max_connections = 1;
  TcpPeer peer(settings);
  peer.establish_passive();
  tcp::Connection* first = peer.user.connection;
  peer.tuple.remote.port = Port{7};
  peer.send(syn());
  peer.take();
  peer.send(seg(1, 1));
  peer.expect_nothing();
  EXPECT_EQ(peer.counted(Counter::kTcpConnectionsFull), 1u);
  first->abort();
  peer.drain();
  peer.send(seg(1, 1).text("x"));
  EXPECT_EQ(peer.user.accepted, 2);
}

// A bug others shipped: a flood of half-open connections exhausts memory.
TEST(SynFlood, IsBoundedAndHonestPeersStillGetIn) {
  tcp::Settings settings;
  settings.max_half_open = 8;
  TcpPeer peer(settings);
  peer.establish_passive();
  const uint32_t packets = peer.worker.packets->available();
  for (uint32_t i = 1; i <= 100'000; ++i) {
    peer.tuple.remote = {IpAddress::v4(0xC6130000 + i / 60'000), Port{static_cast<uint16_t>(i % 60'000 + 1)}};
    peer.send(syn());
    peer.drain();
  }
  EXPECT_EQ(peer.stack->half_open(), 8u);
  EXPECT_EQ(peer.counted(Counter::kTcpSynCookiesSent), 99'992u);
  EXPECT_EQ(peer.worker.packets->available(), packets);
  EXPECT_EQ(peer.stack->connections(), 1u);
  peer.tuple.remote = {IpAddress::v4(0xC6120009), Port{60'000}};
  peer.send(syn());
  peer.take();
  peer.send(seg(1, 1).text("GET /"));
  EXPECT_EQ(peer.user.accepted, 2);
  EXPECT_EQ(peer.user.received, "GET /");
}

// RFC 5961 7: who cannot guess a cookie cannot make us answer without bound.
TEST(AckFlood, IsAnsweredWithinTheLimitOfResets) {
  tcp::Settings settings = without_backlog();
  settings.resets_per_second = 100;
  TcpPeer peer(settings);
  peer.establish_passive();
  for (uint32_t i = 1; i <= 20'000; ++i) {
    peer.tuple.remote.port = Port{static_cast<uint16_t>(i)};
    peer.send(seg(i, i * 77));
  }
  EXPECT_LE(peer.output.sent.size(), 100u);
  EXPECT_GE(peer.output.sent.size(), 50u);
  EXPECT_EQ(peer.stack->connections(), 1u);
  EXPECT_EQ(peer.counted(Counter::kTcpResetsSent) + peer.counted(Counter::kTcpResetSuppressed), 20'000u);
}

}  // namespace
}  // namespace sluice::test
