// The opening of connections: RFC 9293 3.5, RFC 4987.
#include <gtest/gtest.h>

#include <set>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

using tcp::CloseReason;
using Kind = tcp::IcmpError::Kind;

struct PassiveOpen : testing::Test {
  void SetUp() override { listen(peer); }
  static void listen(TcpPeer& p) {
    ASSERT_TRUE(p.stack->listen({IpAddress::v4(0), TcpPeer::kLocal.port}, p.user).ok());
  }

  TcpPeer peer;
};

// RFC 9293 3.5, figure 6.
TEST_F(PassiveOpen, EstablishesOnTheThirdSegment) {
  peer.send(syn().mss(1460));
  peer.expect(syn_ack().mss(1460));
  EXPECT_EQ(peer.user.accepted, 0);
  peer.send(seg(1, 1));
  peer.expect_nothing();
  EXPECT_EQ(peer.user.accepted, 1);
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

TEST_F(PassiveOpen, TextOnTheThirdSegment_IsDelivered) {
  peer.send(syn());
  peer.take();
  peer.send(seg(1, 1).text("GET /"));
  EXPECT_EQ(peer.user.received, "GET /");
  peer.expect_after(Duration::milliseconds(40), seg(1, 6));
}

TEST_F(PassiveOpen, LostThirdSegment_TheRequestItselfEstablishes) {
  peer.send(syn());
  peer.take();
  peer.send({seg(1, 1).text("GET "), seg(5, 1).text("/")});
  EXPECT_EQ(peer.user.accepted, 1);
  EXPECT_EQ(peer.user.received, "GET /");
}

// RFC 9293 3.8.1, RFC 6298 5.
TEST_F(PassiveOpen, SynAck_IsSentAgainAndGivenUp) {
  peer.send(syn());
  peer.expect(syn_ack());
  Duration rto = Duration::seconds(1);
  for (int i = 0; i < 5; ++i, rto = rto * 2) peer.expect_after(rto, syn_ack());
  peer.expect_nothing_for(Duration::seconds(100));
  EXPECT_EQ(peer.stack->half_open(), 0u);
  EXPECT_EQ(peer.counted(Counter::kTcpHandshakeTimedOut), 1u);
}

TEST_F(PassiveOpen, RepeatedSyn_IsAnsweredAgain) {
  peer.send(syn());
  peer.expect(syn_ack());
  peer.send(syn());
  peer.expect(syn_ack());
  EXPECT_EQ(peer.stack->half_open(), 1u);
}

// RFC 9293 3.10.7.4, second step.
TEST_F(PassiveOpen, Reset_ReturnsToListen) {
  peer.send(syn());
  peer.take();
  peer.send(rst(1));
  peer.expect_nothing();
  EXPECT_EQ(peer.stack->half_open(), 0u);
}

// RFC 9293 3.10.7.4, fifth step: an acknowledgement of what was not sent.
TEST_F(PassiveOpen, WrongAcknowledgement_IsReset) {
  peer.send(syn());
  peer.take();
  peer.send(seg(1, 77));
  peer.expect(TestSegment{.seq_number = 77, .flags = {.rst = true}});
  EXPECT_EQ(peer.user.accepted, 0);
}

TEST_F(PassiveOpen, AcknowledgementOutsideTheWindow_EstablishesNothing) {
  peer.send(syn());
  peer.take();
  peer.send(seg(200'000, 1));
  peer.expect(seg(1, 1));
  EXPECT_EQ(peer.user.accepted, 0);
}

TEST(PassiveOpenFull, NoRoomForConnections_KeepsTheHandshakeUntilThereIs) {
  tcp::Settings settings;
  settings.max_connections = 1;
  TcpPeer peer(settings);
  peer.establish_passive();
  tcp::Connection* first = peer.user.connection;
  peer.tuple.remote.port = Port{7};
  peer.send(syn());
  peer.take();
  peer.send(seg(1, 1));
  EXPECT_EQ(peer.user.accepted, 1);
  EXPECT_EQ(peer.counted(Counter::kTcpConnectionsFull), 1u);
  first->abort();
  peer.drain();
  peer.send(seg(1, 1).text("x"));
  EXPECT_EQ(peer.user.accepted, 2);
}

TEST_F(PassiveOpen, RefusedByItsUser_IsReset) {
  peer.user.refuses = true;
  peer.send(syn());
  peer.take();
  peer.send(seg(1, 1));
  peer.expect(rst(1).ack(1));
  EXPECT_EQ(peer.stack->connections(), 0u);
}

// A bug others shipped: a connection that dies before it is accepted leaks.
TEST_F(PassiveOpen, ResetBeforeAccept_LeavesNothing) {
  peer.send(syn());
  peer.take();
  peer.send({seg(1, 1), rst(1)});
  EXPECT_EQ(peer.user.accepted, 0);
  EXPECT_EQ(peer.stack->connections(), 0u);
}

TEST_F(PassiveOpen, StopListening_RefusesWhatIsHalfOpen) {
  peer.send(syn());
  peer.take();
  peer.stack->stop_listening({IpAddress::v4(0), TcpPeer::kLocal.port});
  peer.send(seg(1, 1));
  peer.expect(TestSegment{.seq_number = 1, .flags = {.rst = true}});
  EXPECT_EQ(peer.stack->half_open(), 0u);
}

TEST_F(PassiveOpen, TakenEndpoint_CannotBeListenedOnAgain) {
  EXPECT_FALSE(peer.stack->listen({IpAddress::v4(0), TcpPeer::kLocal.port}, peer.user).ok());
  EXPECT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
}

// RFC 6528: another tuple, another number; the same tuple later, a later one.
TEST_F(PassiveOpen, InitialSequenceNumbers_CannotBeGuessedFromOthers) {
  std::set<uint32_t> distances;
  uint32_t previous = 0;
  for (uint16_t port = 1; port <= 50; ++port) {
    peer.tuple.remote.port = Port{port};
    peer.send(syn());
    const uint32_t iss = peer.take().header.seq;
    distances.insert(iss - previous);
    previous = iss;
  }
  EXPECT_EQ(distances.size(), 50u);
}

struct ActiveOpen : testing::Test {
  TcpPeer peer;
};

TEST_F(ActiveOpen, EstablishesOnSynAck) {
  peer.begin_connect();
  EXPECT_TRUE(peer.in_state("SYN-SENT"));
  peer.send(syn_ack().mss(1460));
  peer.expect(seg(1, 1));
  EXPECT_EQ(peer.user.connected, 1);
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

TEST_F(ActiveOpen, RequestWrittenOnConnecting_CarriesTheAcknowledgement) {
  peer.begin_connect();
  peer.user.write("GET /");
  peer.expect_nothing();
  peer.send(syn_ack().mss(1460));
  peer.expect(seg(1, 1).text("GET /"));
  peer.expect_nothing();
}

TEST_F(ActiveOpen, TextBesideSynAck_IsDelivered) {
  peer.begin_connect();
  peer.send(syn_ack().text("banner"));
  EXPECT_EQ(peer.user.received, "banner");
  peer.expect(seg(1, 7));
}

// RFC 7323 2.2: the window of a SYN is what it says, also beside text.
TEST_F(ActiveOpen, WindowOfASynAckWithText_IsNotScaled) {
  peer.begin_connect();
  peer.send(syn_ack().mss(1000).scale(7).window(2000).text("banner"));
  peer.expect(seg(1, 7));
  peer.user.write(std::string(3000, 'x'));
  peer.expect(seg(1, 7).text(std::string(1000, 'x')));
  peer.expect(seg(1001, 7).text(std::string(1000, 'x')));
  peer.expect_nothing();
}

TEST_F(ActiveOpen, LostSyn_IsSentAgain) {
  peer.begin_connect();
  peer.worker.advance(Duration::milliseconds(1001));
  EXPECT_TRUE(peer.take().header.flags.syn);
  peer.worker.advance(Duration::milliseconds(2001));
  EXPECT_TRUE(peer.take().header.flags.syn);
  peer.send(syn_ack());
  EXPECT_EQ(peer.user.connected, 1);
}

TEST_F(ActiveOpen, NoAnswer_TimesOut) {
  peer.begin_connect();
  peer.worker.advance(Duration::seconds(61));
  EXPECT_EQ(peer.user.closed, CloseReason::kTimedOut);
  EXPECT_EQ(peer.stack->connections(), 0u);
}

TEST(ActiveOpenRetries, AsManyAsAreSet_ThenItIsGivenUp) {
  tcp::Settings settings;
  settings.syn_retries = 1;
  TcpPeer peer(settings);
  peer.begin_connect();
  peer.worker.advance(Duration::milliseconds(2999));
  EXPECT_TRUE(peer.take().header.flags.syn);
  peer.expect_nothing();
  EXPECT_EQ(peer.user.closed, std::nullopt);
  peer.worker.advance(Duration::milliseconds(2));
  EXPECT_EQ(peer.user.closed, CloseReason::kTimedOut);
  peer.expect_nothing();
}

// RFC 9293 3.10.7.3, second step.
TEST_F(ActiveOpen, Reset_Refuses) {
  peer.begin_connect();
  peer.send(rst(0).ack(1));
  peer.expect_nothing();
  EXPECT_EQ(peer.user.closed, CloseReason::kRefused);
}

TEST_F(ActiveOpen, ResetThatAcknowledgesNothingOfOurs_IsIgnored) {
  peer.begin_connect();
  peer.send(rst(0));
  peer.send(rst(0).ack(0));
  EXPECT_TRUE(peer.in_state("SYN-SENT"));
}

// RFC 9293 3.10.7.3, first step: an old SYN-ACK.
TEST_F(ActiveOpen, SynAckOfAnotherConnection_IsReset) {
  peer.begin_connect();
  peer.send(TestSegment{.seq_number = 0, .flags = {.syn = true}}.ack(500));
  peer.expect(TestSegment{.seq_number = 500, .flags = {.rst = true}});
  EXPECT_TRUE(peer.in_state("SYN-SENT"));
}

// RFC 9293 3.5, figure 7.
TEST_F(ActiveOpen, BothAtOnce_MeetInTheMiddle) {
  peer.begin_connect();
  peer.send(syn().mss(1000));
  peer.expect(syn_ack());
  EXPECT_TRUE(peer.in_state("SYN-RECEIVED"));
  peer.send(syn_ack());
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
  EXPECT_EQ(peer.user.connected, 1);
  peer.user.write(std::string(1001, 'x'));
  peer.expect(seg(1, 1).text(std::string(1000, 'x')));
}

TEST_F(ActiveOpen, BothAtOnce_LostSynAckIsSentAgain) {
  peer.begin_connect();
  peer.send(syn());
  peer.expect(syn_ack());
  peer.worker.advance(Duration::milliseconds(1001));
  peer.expect(syn_ack());
  peer.send(seg(1, 1));
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

TEST_F(ActiveOpen, BothAtOnce_RepeatedSynIsAnsweredAgain) {
  peer.begin_connect();
  peer.send(syn());
  peer.expect(syn_ack());
  peer.send(syn());
  peer.expect(syn_ack());
  EXPECT_TRUE(peer.in_state("SYN-RECEIVED"));
}

// RFC 9293 3.10.5: <SEQ=SND.NXT>; the peer's number is already there, whatever it has heard of us.
TEST_F(ActiveOpen, BothAtOnce_AbortResetsThePeer) {
  peer.begin_connect();
  peer.send(syn());
  peer.expect(syn_ack());
  peer.user.connection->abort();
  const SentSegment reset = peer.take();
  EXPECT_TRUE(reset.header.flags.rst);
  EXPECT_EQ(reset.header.seq, peer.stack_iss + 1);
}

// RFC 7323 2.2.
TEST_F(ActiveOpen, BothAtOnce_WindowOfTheSynAckIsNotScaled) {
  peer.begin_connect();
  peer.send(syn().mss(1000).scale(7));
  peer.expect(syn_ack());
  peer.send(syn_ack().mss(1000).scale(7).window(1000));
  peer.user.write(std::string(2000, 'x'));
  peer.expect(seg(1, 1).text(std::string(1000, 'x')));
  peer.expect_nothing();
}

// RFC 9293 3.9.2.2: while connecting, ICMP is an answer, if it quotes our SYN.
TEST_F(ActiveOpen, IcmpAboutOurSyn_EndsTheAttempt) {
  peer.begin_connect();
  peer.error(Kind::kUnreachable, 12345);
  EXPECT_TRUE(peer.in_state("SYN-SENT"));
  peer.error(Kind::kUnreachable, 0);
  EXPECT_EQ(peer.user.closed, CloseReason::kUnreachable);
}

TEST_F(ActiveOpen, IcmpPortUnreachable_Refuses) {
  peer.begin_connect();
  peer.error(Kind::kRefused, 0);
  EXPECT_EQ(peer.user.closed, CloseReason::kRefused);
}

TEST_F(ActiveOpen, WithoutARoute_FailsAtOnce) {
  peer.output.source = std::nullopt;
  const auto result = peer.stack->connect(TcpPeer::kRemote, peer.user);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().reason, Counter::kTcpNoRoute);
}

TEST_F(ActiveOpen, WithoutAFreePort_FailsAtOnce) {
  tcp::Settings settings;
  settings.first_source_port = Port{50'000};
  settings.last_source_port = Port{50'003};
  TcpPeer other(settings);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(other.stack->connect(TcpPeer::kRemote, other.user).ok());
  const auto result = other.stack->connect(TcpPeer::kRemote, other.user);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().reason, Counter::kTcpPortsExhausted);
}

struct OddPortsAreOurs final : tcp::Steering {
  WorkerId owner(const Endpoint&, const Endpoint& local) const override {
    return WorkerId{static_cast<uint8_t>(local.port.value % 2 == 1 ? 0 : 1)};
  }
};

// RFC 6056, and replies must come home to the worker that opened.
TEST_F(ActiveOpen, SourcePorts_ComeHomeAndAreSpread) {
  const OddPortsAreOurs steering;
  peer.stack->steer_by(steering);
  std::set<uint16_t> ports;
  for (int i = 0; i < 50; ++i) {
    const auto c = peer.stack->connect(TcpPeer::kRemote, peer.user);
    ASSERT_TRUE(c.ok());
    ports.insert((*c)->tuple().local.port.value);
  }
  EXPECT_EQ(ports.size(), 50u);
  for (const uint16_t port : ports) EXPECT_EQ(port % 2, 1);
}

TEST_F(ActiveOpen, ClosedWhileConnecting_IsForgotten) {
  peer.begin_connect();
  peer.user.connection->close();
  peer.worker.run_tasks();
  EXPECT_EQ(peer.stack->connections(), 0u);
  EXPECT_FALSE(peer.user.closed.has_value());
}

// RFC 9293 3.10.4: a CLOSE before the handshake is over sends its FIN afterwards.
TEST_F(ActiveOpen, ShutDownWhileConnecting_SendsTextAndFinOnceEstablished) {
  peer.begin_connect();
  peer.user.write("bye");
  peer.user.connection->shutdown_write();
  peer.send(syn_ack().mss(1460));
  peer.expect(seg(1, 1).text("bye").fin());
  EXPECT_TRUE(peer.in_state("FIN-WAIT-1"));
}

// A repeated SYN says that the peer is in a hurry, not that time has passed.
// RFC 7323 2.2, 3.2 and RFC 2018 2: a SYN-ACK agrees to what this SYN offers. A peer that heard no answer may have left
// out what somebody on the way could not bear.
TEST_F(PassiveOpen, RepeatedSynThatOffersLess_IsAgreedToAsItIs) {
  peer.send(syn().mss(1460).sack_permitted().timestamps(1000, 0).scale(7));
  peer.take();
  const uint32_t iss = peer.stack_iss;
  peer.send(syn().mss(1000));
  peer.expect(syn_ack().mss(1460));
  EXPECT_EQ(peer.stack_iss, iss);
  peer.send(seg(1, 1).window(2000));
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
  peer.user.write(std::string(4000, 'x'));
  peer.expect(seg(1, 1).text(std::string(1000, 'x')));  // RFC 5681 3.1: one segment, as a SYN-ACK may have been lost
  peer.send(seg(1, 1001).window(2000));
  peer.expect(seg(1001, 1).text(std::string(1000, 'x')));
  peer.expect(seg(2001, 1).text(std::string(1000, 'x')));
  peer.expect_nothing();
}

// RFC 7323 4.3.
TEST_F(PassiveOpen, RepeatedSyn_HasItsOwnTimestampEchoed) {
  peer.send(syn().timestamps(1000, 0));
  EXPECT_EQ(peer.take().header.options.timestamps->tsecr, 1000u);
  peer.send(syn().timestamps(1600, 0));
  EXPECT_EQ(peer.take().header.options.timestamps->tsecr, 1600u);
  peer.send(syn().timestamps(1000, 0));  // overtaken
  EXPECT_EQ(peer.take().header.options.timestamps->tsecr, 1600u);
}

TEST_F(ActiveOpen, BothAtOnce_RepeatedSynHasItsOwnTimestampEchoed) {
  peer.begin_connect();
  peer.send(syn().timestamps(1000, 0));
  EXPECT_EQ(peer.take().header.options.timestamps->tsecr, 1000u);
  peer.send(syn().timestamps(1600, 0));
  EXPECT_EQ(peer.take().header.options.timestamps->tsecr, 1600u);
  peer.send(syn().timestamps(1000, 0));
  EXPECT_EQ(peer.take().header.options.timestamps->tsecr, 1600u);
}

// RFC 9293 3.8.3: the user timeout holds from the SYN on.
TEST_F(ActiveOpen, NoAnswerWithinTheUserTimeout_TimesOut) {
  peer.begin_connect();
  peer.worker.advance(Duration::seconds(2));
  tcp::ConnectionOptions options = peer.user.connection->options();
  options.user_timeout = Duration::seconds(5);
  peer.user.connection->set_options(options);
  peer.worker.advance(Duration::milliseconds(2998));
  EXPECT_FALSE(peer.user.closed);
  peer.worker.advance(Duration::milliseconds(3));
  EXPECT_EQ(peer.user.closed, CloseReason::kTimedOut);
}

TEST_F(ActiveOpen, LongUserTimeout_LeavesTheConnectTimeout) {
  peer.begin_connect();
  tcp::ConnectionOptions options = peer.user.connection->options();
  options.user_timeout = Duration::seconds(500);
  peer.user.connection->set_options(options);
  peer.worker.advance(Duration::seconds(61));
  EXPECT_EQ(peer.user.closed, CloseReason::kTimedOut);
}

TEST_F(PassiveOpen, RepeatedSyns_LeaveTheTimerAlone) {
  peer.send(syn());
  peer.expect(syn_ack());
  for (int i = 0; i < 9; ++i) {
    peer.worker.advance(Duration::milliseconds(100));
    peer.send(syn());
    peer.expect(syn_ack());
  }
  peer.expect_after(Duration::milliseconds(100), syn_ack());
  peer.expect_after(Duration::seconds(2), syn_ack());
}

// However often the peer asks, the entry goes in its time.
TEST_F(PassiveOpen, RepeatedSyns_DoNotKeepTheEntry) {
  for (int second = 0; second < 63; ++second) {
    peer.send(syn());
    peer.worker.advance(Duration::seconds(1));
    peer.drain();
  }
  peer.worker.advance(Duration::milliseconds(10));
  EXPECT_EQ(peer.counted(Counter::kTcpHandshakeTimedOut), 1u);
  EXPECT_EQ(peer.stack->half_open(), 0u);
}

// The least that IPv4 allows a link: the floor under an MSS is for what peers say, not for what links take.
TEST_F(PassiveOpen, LinkOf68Bytes_CarriesText) {
  peer.output.mtu = 68;
  peer.send(syn().mss(1460));
  peer.expect(syn_ack());
  peer.send(seg(1, 1));
  peer.user.write(std::string(30, 'x'));
  peer.expect(seg(1, 1).text(std::string(28, 'x')));
  peer.expect(seg(29, 1).text("xx"));
}

}  // namespace
}  // namespace sluice::test
