// Explicit congestion notification: RFC 3168 6.1.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

struct Ecn : testing::Test {
  void establish() {
    peer.establish_passive(syn().mss(1000).ece().cwr());
    peer.drain();
  }
  // So many full segments are in flight.
  void send_text(size_t segments) { peer.user.write(std::string(segments * 1000, 'x')); }
  std::string figure(const std::string& name) {
    const std::string state = peer.state();
    const size_t at = state.find(name + "=");
    return at == std::string::npos ? "" : state.substr(at, state.find(' ', at) - at);
  }
  TcpPeer peer;
};

// 6.1.1.
TEST_F(Ecn, SynThatAsks_IsAnsweredByEceAlone) {
  ASSERT_TRUE(peer.stack->listen({IpAddress::v4(0), TcpPeer::kLocal.port}, peer.user).ok());
  peer.send(syn().ece().cwr());
  const SentSegment answer = peer.take();
  EXPECT_TRUE(answer.header.flags.ece);
  EXPECT_FALSE(answer.header.flags.cwr);
  EXPECT_EQ(answer.ecn, wire::Ecn::kNotCapable);
}

TEST_F(Ecn, SynWithEceAlone_AsksForNothing) {
  peer.establish_passive(syn().mss(1000).ece());
  send_text(1);
  EXPECT_EQ(peer.take().ecn, wire::Ecn::kNotCapable);
}

// Who heard no answer asks no more (6.1.1.1), and will not understand marks that it is told of.
TEST_F(Ecn, SynAgainThatDoesNotAsk_TurnsItOff) {
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  peer.send(syn().mss(1000).ece().cwr());
  EXPECT_TRUE(peer.take().header.flags.ece);
  peer.send(syn().mss(1000));
  EXPECT_FALSE(peer.take().header.flags.ece);
  peer.send(seg(1, 1));
  send_text(1);
  EXPECT_EQ(peer.take().ecn, wire::Ecn::kNotCapable);
}

TEST_F(Ecn, OwnSyn_Asks) {
  ASSERT_TRUE(peer.stack->connect(TcpPeer::kRemote, peer.user).ok());
  const SentSegment s = peer.take();
  EXPECT_TRUE(s.header.flags.ece && s.header.flags.cwr);
}

// 6.1.1.1: somebody on the way may drop what asks.
TEST_F(Ecn, OwnSynAgain_AsksNoMore) {
  peer.begin_connect();
  peer.worker.advance(Duration::milliseconds(1002));
  const SentSegment again = peer.take();
  EXPECT_TRUE(again.header.flags.syn);
  EXPECT_FALSE(again.header.flags.ece || again.header.flags.cwr);
  peer.send(syn_ack().mss(1000).ece());
  peer.drain();
  send_text(1);
  EXPECT_EQ(peer.take().ecn, wire::Ecn::kNotCapable);
}

TEST_F(Ecn, SynAckThatAgrees_TurnsItOn) {
  peer.begin_connect();
  peer.send(syn_ack().mss(1000).ece());
  EXPECT_EQ(peer.take().ecn, wire::Ecn::kNotCapable);  // 6.1.4: an acknowledgement alone
  send_text(1);
  EXPECT_EQ(peer.take().ecn, wire::Ecn::kCapable0);
}

TEST_F(Ecn, SynAckWithBothFlags_WasOnlyReflected) {
  peer.begin_connect();
  peer.send(syn_ack().mss(1000).ece().cwr());
  peer.drain();
  send_text(1);
  EXPECT_EQ(peer.take().ecn, wire::Ecn::kNotCapable);
}

// 6.1.5.
TEST_F(Ecn, TextSentAgain_IsNotCapable) {
  establish();
  send_text(1);
  EXPECT_EQ(peer.take().ecn, wire::Ecn::kCapable0);
  peer.worker.advance(Duration::milliseconds(1002));
  EXPECT_EQ(peer.take().ecn, wire::Ecn::kNotCapable);
}

// 6.1.6.
TEST_F(Ecn, WindowProbe_IsNotCapable) {
  establish();
  peer.send(seg(1, 1).window(0));
  send_text(1);
  peer.worker.advance(Duration::milliseconds(1002));
  EXPECT_EQ(peer.take().ecn, wire::Ecn::kNotCapable);
}

// 6.1.3.
TEST_F(Ecn, Mark_IsEchoedUntilThePeerHasReduced) {
  establish();
  peer.send({seg(1, 1).text("a").marked(), seg(2, 1).text("b")});
  EXPECT_TRUE(peer.take().header.flags.ece);
  send_text(1);
  EXPECT_TRUE(peer.take().header.flags.ece);
  peer.send(seg(3, 1).text("c").cwr());
  send_text(1);
  EXPECT_FALSE(peer.take().header.flags.ece);
  EXPECT_EQ(peer.counted(Counter::kTcpEcnMarks), 1u);
}

TEST_F(Ecn, FirstMark_IsEchoedAtOnce) {
  establish();
  peer.send(seg(1, 1).text("a").marked());
  EXPECT_TRUE(peer.take().header.flags.ece);
  peer.send(seg(2, 1).text("b").marked());
  peer.expect_nothing();
}

TEST_F(Ecn, MarkBesideCwr_IsANewOne) {
  establish();
  peer.send(seg(1, 1).text("a").marked());
  peer.send(seg(2, 1).text("b").cwr().marked());
  send_text(1);
  EXPECT_TRUE(peer.take().header.flags.ece);
}

TEST_F(Ecn, WithoutNegotiation_MarksMeanNothing) {
  peer.establish_passive();
  peer.send(seg(1, 1).text("a").marked().ece());
  send_text(1);
  EXPECT_FALSE(peer.take().header.flags.ece);
  EXPECT_EQ(peer.counted(Counter::kTcpEcnReductions), 0u);
}

// 6.1.2: as for a loss, but nothing is sent again.
TEST_F(Ecn, Echo_ReducesTheWindowAndSaysSo) {
  establish();
  send_text(20);
  peer.drain();
  peer.send(seg(1, 1001).ece());
  EXPECT_EQ(peer.counted(Counter::kTcpEcnReductions), 1u);
  EXPECT_EQ(peer.counted(Counter::kTcpSegmentsRetransmitted), 0u);
  peer.expect_nothing();  // the flight is larger than the window now
  peer.send(seg(1, 10'001).ece());
  const SentSegment next = peer.take();
  EXPECT_TRUE(next.header.flags.cwr);
  EXPECT_EQ(next.ecn, wire::Ecn::kCapable0);
  EXPECT_FALSE(peer.take().header.flags.cwr);
}

TEST_F(Ecn, EchoesOfOneFlight_ReduceOnce) {
  establish();
  send_text(20);
  peer.drain();
  for (uint32_t ack = 1001; ack <= 8001; ack += 1000) peer.send(seg(1, ack).ece());
  EXPECT_EQ(peer.counted(Counter::kTcpEcnReductions), 1u);
  const std::string before = figure("ssthresh");
  peer.drain();
  peer.send(seg(1, 12'001).ece());
  EXPECT_EQ(peer.counted(Counter::kTcpEcnReductions), 2u);
  EXPECT_NE(figure("ssthresh"), before);
}

// Numbers wrap: the last reduction is nearly 2 GiB ago.
TEST_F(Ecn, EchoLongAfterTheLastReduction_Counts) {
  establish();
  tcp::Tcb& t = peer.user.connection->tcb();
  t.ecn.reduced_at = t.sender.snd_una() - tcp::SeqLen{0x7fffff00};
  for (const uint32_t ack : {1001u, 2001u}) {
    send_text(1);
    peer.drain();
    peer.send(seg(1, ack));
  }
  send_text(1);
  peer.drain();
  peer.send(seg(1, 3001).ece());
  EXPECT_EQ(peer.counted(Counter::kTcpEcnReductions), 1u);
}

// 6.1.2: once for all that one flight shows.
TEST_F(Ecn, LossInAFlightThatWasMarked_ReducesNoMore) {
  establish();
  send_text(10);
  peer.drain();
  peer.send(seg(1, 1001).ece());
  const std::string reduced = figure("ssthresh");
  for (int i = 0; i < 3; ++i) peer.send(seg(1, 1001));
  EXPECT_EQ(figure("ssthresh"), reduced);
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 1u);
}

// 6.1.2: the peer is told of every reduction, whatever its reason: what it has echoed until then is answered.
TEST_F(Ecn, LossThatReducesTheWindow_IsToldOf) {
  establish();
  send_text(10);
  peer.drain();
  for (int i = 0; i < 3; ++i) peer.send(seg(1, 1));
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 1u);
  const SentSegment repair = peer.take();
  EXPECT_FALSE(repair.header.flags.cwr);
  peer.send(seg(1, 10'001));
  peer.drain();
  send_text(2);
  EXPECT_TRUE(peer.take().header.flags.cwr);
  EXPECT_FALSE(peer.take().header.flags.cwr);
}

TEST_F(Ecn, Timeout_IsToldOf) {
  establish();
  send_text(1);
  peer.take();
  peer.worker.advance(Duration::milliseconds(1002));
  EXPECT_FALSE(peer.take().header.flags.cwr);
  peer.drain();
  peer.send(seg(1, 1001));
  send_text(1);
  EXPECT_TRUE(peer.take().header.flags.cwr);
}

// The window is as it was, so nobody may hear that it was reduced.
TEST_F(Ecn, ReductionThatIsUndone_IsNotToldOf) {
  peer.establish_passive(syn().mss(1000).sack_permitted().ece().cwr());
  send_text(6);
  peer.drain();
  peer.worker.advance(Duration::milliseconds(100));
  peer.send(seg(1, 1).sack({{1001, 5001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 1u);
  peer.send(seg(1, 5001));
  peer.send(seg(1, 5001).sack({{1, 1001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 1u);
  peer.drain();
  send_text(1);
  EXPECT_FALSE(peer.take().header.flags.cwr);
}

// Without a packet nothing has left, so the peer has not been told.
TEST_F(Ecn, ReductionThatNoPacketCouldTellOf_IsToldLater) {
  establish();
  send_text(10);
  peer.drain();
  peer.send(seg(1, 10'001).ece());
  send_text(1);
  std::vector<Packet> hoard;
  while (Packet packet = peer.worker.packets->try_allocate()) hoard.push_back(std::move(packet));
  peer.expect_nothing();
  hoard.clear();
  peer.worker.advance(Duration::milliseconds(1002));
  EXPECT_TRUE(peer.take().header.flags.cwr);
}

TEST(EcnOff, NothingIsAskedOrAnswered) {
  tcp::Settings settings;
  settings.ecn = false;
  TcpPeer peer(settings);
  ASSERT_TRUE(peer.stack->listen({IpAddress::v4(0), TcpPeer::kLocal.port}, peer.user).ok());
  peer.send(syn().ece().cwr());
  EXPECT_FALSE(peer.take().header.flags.ece);
}

TEST(EcnCookie, KeepsIt) {
  tcp::Settings settings;
  settings.max_half_open = 0;
  TcpPeer peer(settings);
  ASSERT_TRUE(peer.stack->listen({IpAddress::v4(0), TcpPeer::kLocal.port}, peer.user).ok());
  peer.send(syn().mss(1460).timestamps(1, 0).ece().cwr());
  const SentSegment answer = peer.take();
  EXPECT_TRUE(answer.header.flags.ece);
  peer.send(seg(1, 1).timestamps(2, answer.header.options.timestamps->tsval));
  peer.user.write("x");
  EXPECT_EQ(peer.take().ecn, wire::Ecn::kCapable0);
}

// 6.1.2: not in answer to what was sent before the reduction was heard of.
TEST_F(Ecn, Echo_DoesNotLetTheWindowGrow) {
  establish();
  send_text(20);
  peer.drain();
  peer.send(seg(1, 1001).ece());
  EXPECT_EQ(figure("cwnd"), "cwnd=7000");
  for (uint32_t ack = 2001; ack <= 6001; ack += 1000) peer.send(seg(1, ack).ece());
  EXPECT_EQ(figure("cwnd"), "cwnd=7000");
  peer.send(seg(1, 8001));
  EXPECT_NE(figure("cwnd"), "cwnd=7000");
}

// A window below the smallest ssthresh, as after a lost SYN.
TEST_F(Ecn, Echo_DoesNotRaiseASmallWindow) {
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  peer.send(syn().mss(1000).ece().cwr());
  peer.take();
  peer.worker.advance(Duration::milliseconds(1002));
  peer.drain();
  peer.send(seg(1, 1));
  EXPECT_EQ(figure("cwnd"), "cwnd=1000");
  send_text(20);
  peer.drain();
  peer.send(seg(1, 1001).ece());
  EXPECT_EQ(peer.counted(Counter::kTcpEcnReductions), 1u);
  EXPECT_EQ(figure("cwnd"), "cwnd=1000");
}

}  // namespace
}  // namespace sluice::test
