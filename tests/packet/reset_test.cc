// Resets, forged segments and ICMP: RFC 9293 3.5.2, RFC 5961, RFC 5927.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

using tcp::CloseReason;
using Kind = tcp::IcmpError::Kind;

struct Reset : testing::Test {
  void SetUp() override { peer.establish_passive(); }
  TcpPeer peer;
};

// RFC 5961 3.2.
TEST_F(Reset, AtTheNextNumber_EndsTheConnection) {
  peer.send(rst(1));
  peer.expect_nothing();
  EXPECT_EQ(peer.user.closed, CloseReason::kReset);
  EXPECT_EQ(peer.stack->connections(), 0u);
}

// RFC 5961 3.2, and a bug others shipped: an in-window RST is accepted.
TEST_F(Reset, ElsewhereInTheWindow_IsChallenged) {
  peer.send(rst(100));
  peer.expect(seg(1, 1));
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
  EXPECT_EQ(peer.counted(Counter::kTcpResetNotExact), 1u);
}

TEST_F(Reset, OutsideTheWindow_IsDropped) {
  peer.send(rst(100'000));
  peer.expect_nothing();
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

// RFC 5961 4.2.
TEST_F(Reset, SynInAConnection_IsChallenged) {
  peer.send(syn());
  peer.expect(seg(1, 1));
  peer.send(TestSegment{.seq_number = 10, .flags = {.syn = true}});
  peer.expect(seg(1, 1));
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

// RFC 5961 5.2.
TEST_F(Reset, VeryOldAcknowledgement_IsChallenged) {
  peer.send(seg(1, 1 - 70'000).text("forged"));
  peer.expect(seg(1, 1));
  EXPECT_EQ(peer.user.received, "");
}

// RFC 5961 7.
TEST_F(Reset, Challenges_AreLimitedASecond) {
  tcp::Settings settings;
  settings.challenge_acks_per_second = 5;
  TcpPeer other(settings);
  other.establish_passive();
  for (int i = 0; i < 20; ++i) other.send(rst(100));
  const size_t answered = other.output.sent.size();
  EXPECT_GE(answered, 3u);
  EXPECT_LE(answered, 5u);
  EXPECT_EQ(other.counted(Counter::kTcpChallengeAckSuppressed), 20u - answered);
  other.drain();
  other.worker.advance(Duration::seconds(1));
  other.send(rst(100));
  other.expect(seg(1, 1));
}

// RFC 9293 3.10.7.1.
TEST_F(Reset, SegmentOfNoConnection_IsAnsweredByItsOwnNumbers) {
  peer.tuple.remote.port = Port{6};
  peer.send(seg(7, 9).text("x"));
  peer.expect(TestSegment{.seq_number = 9, .flags = {.rst = true}});
}

TEST_F(Reset, SynForAClosedPort_IsRefused) {
  peer.tuple.local.port = Port{81};
  peer.send(syn());
  const SentSegment refused = peer.take();
  EXPECT_TRUE(refused.header.flags.rst);
  EXPECT_EQ(refused.header.seq, 0u);
  EXPECT_EQ(refused.header.ack, peer.peer_iss + 1);
  EXPECT_EQ(peer.counted(Counter::kTcpNoListener), 1u);
}

// RFC 9293 3.10.7.2, fourth: nothing that LISTEN could answer.
TEST_F(Reset, SegmentWithoutSynAckOrRst_IsDroppedWhereSomebodyListens) {
  ++peer.tuple.remote.port.value;
  TestSegment s = seg(5, 0).fin();
  s.flags.ack = false;
  peer.send(s);
  peer.expect_nothing();
  EXPECT_EQ(peer.counted(Counter::kTcpNoConnection), 1u);
}

TEST_F(Reset, ResetOfNoConnection_IsNeverAnswered) {
  peer.tuple.remote.port = Port{6};
  peer.send(rst(1));
  peer.expect_nothing();
}

TEST_F(Reset, AnswersToNoConnection_AreLimitedASecond) {
  tcp::Settings settings;
  settings.resets_per_second = 3;
  TcpPeer other(settings);
  for (int i = 0; i < 10; ++i) other.send(seg(1, 1));
  const size_t answered = other.output.sent.size();
  EXPECT_LE(answered, 3u);
  EXPECT_EQ(other.counted(Counter::kTcpResetSuppressed), 10u - answered);
}

// RFC 5927 4: ICMP never ends what is established.
TEST_F(Reset, IcmpUnreachable_IsOnlyCounted) {
  peer.user.write("x");
  peer.take();
  peer.error(Kind::kRefused, 1);
  peer.error(Kind::kUnreachable, 1);
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
  EXPECT_EQ(peer.counted(Counter::kTcpIcmpSoftErrors), 2u);
}

TEST_F(Reset, IcmpAboutNothingInFlight_IsNotBelieved) {
  peer.user.write("x");
  peer.take();
  peer.error(Kind::kPacketTooBig, 5000, 600);
  EXPECT_EQ(peer.counted(Counter::kTcpIcmpNotInFlight), 1u);
  EXPECT_NE(peer.state().find("mss=1460"), std::string::npos);
}

// RFC 1191 6.2.
TEST_F(Reset, PacketTooBig_SendsSmallerSegmentsAtOnce) {
  peer.user.write(std::string(1460, 'x'));
  peer.expect(seg(1, 1).text(std::string(1460, 'x')));
  peer.error(Kind::kPacketTooBig, 1, 1040);
  peer.expect(seg(1, 1).text(std::string(1000, 'x')));
  peer.expect(seg(1001, 1).text(std::string(460, 'x')));
}

// RFC 8201 6: nobody has a smaller MTU; whoever says so wants to multiply our packets.
TEST_F(Reset, PacketTooBig_HasAFloor) {
  peer.user.write(std::string(1460, 'x'));
  peer.take();
  peer.error(Kind::kPacketTooBig, 1, 68);
  peer.expect(seg(1, 1).text(std::string(536, 'x')));
  peer.drain();
}

}  // namespace
}  // namespace sluice::test
