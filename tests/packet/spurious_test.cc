// Recoveries that were for nothing, and are undone: RFC 5682 (F-RTO), RFC 3522 (Eifel), RFC 3708 (by D-SACK).
#include <gtest/gtest.h>

#include <map>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

constexpr auto kRtt = Duration::milliseconds(100);
const std::string kFull(1000, 'x');

struct Spurious : testing::Test {
  void establish(TestSegment peers_syn) {
    ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
    peer.send(peers_syn);
    const auto answer = peer.take();
    TestSegment ack = seg(1, 1);
    if (answer.header.options.timestamps) ack = ack.timestamps(1000, answer.header.options.timestamps->tsval);
    peer.worker.advance(kRtt);
    peer.send(ack);
  }

  // The retransmission timer expires with ten segments in flight and more to send: the head goes again.
  void time_out() {
    peer.user.write(std::string(40'000, 'x'));
    for (int i = 0; i < 10; ++i) peer.take();
    peer.worker.advance(Duration::milliseconds(301));
    peer.expect(seg(1, 1).text(kFull));
  }

  bool window_is(const char* cwnd) { return peer.state().find(std::string(" cwnd=") + cwnd) != std::string::npos; }

  TcpPeer peer;
};

// RFC 5682 2.1: the acknowledgement after the timeout makes room for new text, the second tells.
TEST_F(Spurious, FRto_UndoesATimeoutWhoseFlightArrives) {
  establish(syn().mss(1000));
  time_out();
  peer.send(seg(1, 1001));
  peer.expect(seg(10'001, 1).text(kFull));
  peer.expect(seg(11'001, 1).text(kFull));
  peer.expect_nothing();
  peer.send(seg(1, 2001));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 1u);
  EXPECT_TRUE(window_is("1100")) << peer.state();
  for (const auto& s : peer.output.sent) EXPECT_GE(s.header.seq - peer.stack_iss, 12'001u);
  peer.drain();
}

TEST_F(Spurious, FRto_DuplicateAfterTheTimeout_RepairsAsEver) {
  establish(syn().mss(1000));
  time_out();
  peer.send(seg(1, 1001));
  peer.expect(seg(10'001, 1).text(kFull));
  peer.expect(seg(11'001, 1).text(kFull));
  peer.send(seg(1, 1001));
  peer.send(seg(1, 2001));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 0u);
  peer.expect(seg(1001, 1).text(kFull));
  peer.drain();
}

TEST_F(Spurious, FRto_WithoutNewText_RepairsAsEver) {
  establish(syn().mss(1000));
  peer.user.write(std::string(5000, 'x'));
  peer.drain();
  peer.worker.advance(Duration::milliseconds(301));
  peer.expect(seg(1, 1).text(kFull));
  peer.send(seg(1, 1001));
  peer.expect(seg(1001, 1).text(kFull));
  peer.expect(seg(2001, 1).text(kFull));
}

// RFC 3522 3.2.
TEST_F(Spurious, EchoOfTheFirstTransmission_UndoesTheTimeout) {
  establish(syn().mss(1012).timestamps(1000, 0));
  peer.user.write(std::string(40'000, 'x'));
  const uint32_t tsval = peer.take().header.options.timestamps->tsval;
  peer.drain();
  peer.worker.advance(Duration::milliseconds(301));
  peer.expect(seg(1, 1).text(kFull));
  peer.send(seg(1, 3001).timestamps(1001, tsval));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 1u);
  EXPECT_TRUE(window_is("1")) << peer.state();
  for (const auto& s : peer.output.sent) EXPECT_GE(s.header.seq - peer.stack_iss, 10'001u);
  peer.drain();
}

TEST_F(Spurious, EchoOfTheRepair_UndoesNothing) {
  establish(syn().mss(1012).timestamps(1000, 0));
  peer.user.write(std::string(40'000, 'x'));
  peer.drain();
  peer.worker.advance(Duration::milliseconds(301));
  const uint32_t tsval = peer.take().header.options.timestamps->tsval;
  peer.send(seg(1, 3001).timestamps(1001, tsval));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 0u);
  peer.drain();
}

// RFC 3708 3: all that was sent again came twice.
TEST_F(Spurious, RepairReportedTwice_RestoresTheWindow) {
  establish(syn().mss(1000).sack_permitted());
  peer.user.write(std::string(6000, 'x'));
  peer.drain();
  peer.worker.advance(kRtt);
  peer.send(seg(1, 1).sack({{1001, 5001}}));
  peer.expect(seg(1, 1).text(kFull));
  peer.send(seg(1, 5001));
  EXPECT_FALSE(window_is("10000")) << peer.state();
  peer.send(seg(1, 5001).sack({{1, 1001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 1u);
  EXPECT_TRUE(window_is("10000")) << peer.state();
  peer.drain();
}

// With SACK: ten segments in flight, and a round trip has passed.
struct SpuriousWithSack : Spurious {
  void SetUp() override { establish(syn().mss(1000).sack_permitted()); }
  void fly(int segments = 10) {
    peer.user.write(std::string(1000 * segments, 'x'));
    peer.drain();
    peer.worker.advance(kRtt);
  }
};

// RFC 3708 3: the network may double what was sent once; that says nothing of the repair.
TEST_F(SpuriousWithSack, DuplicateOfWhatWasSentOnce_UndoesNothing) {
  fly();
  peer.send(seg(1, 1).sack({{1001, 5001}}));
  peer.expect(seg(1, 1).text(kFull));
  peer.send(seg(1, 1).sack({{4001, 5001}, {1001, 5001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpDuplicatesReported), 1u);
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 0u);
  EXPECT_NE(peer.state().find(" ssthresh=7000"), std::string::npos) << peer.state();
  peer.drain();
}

// The same between two repairs, and once all of it is acknowledged.
TEST_F(SpuriousWithSack, DuplicateAmongTheRepairs_UndoesNothing) {
  fly();
  peer.send(seg(1, 1).sack({{1001, 2001}, {3001, 10'001}}));
  peer.expect(seg(1, 1).text(kFull));
  for (int i = 0; i < 2; ++i) peer.send(seg(1, 1).sack({{1001, 2001}, {3001, 10'001}}));
  peer.worker.advance(kRtt / 4);
  peer.drain();
  for (int i = 0; i < 2; ++i) peer.send(seg(1, 1).sack({{6001, 7001}, {3001, 10'001}, {1001, 2001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 0u);
  peer.user.write(kFull);
  peer.send(seg(1, 10'001));
  for (int i = 0; i < 2; ++i) peer.send(seg(1, 10'001).sack({{6001, 7001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpDuplicatesReported), 4u);
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 0u);
  peer.drain();
}

TEST_F(SpuriousWithSack, RepairReportedBeforeTheHoleBehindItCloses_Undoes) {
  fly();
  peer.send(seg(1, 1001).sack({{2001, 3001}, {4001, 10'001}}));
  peer.worker.advance(kRtt / 4);
  peer.drain();
  peer.send(seg(1, 1001).sack({{3001, 4001}, {2001, 10'001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 0u);
  peer.send(seg(1, 10'001).sack({{1001, 2001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 1u);
}

// Numbers are relative to the stack's SYN.
struct SpuriousWithTimestamps : Spurious {
  void SetUp() override {
    establish(syn().mss(1012).sack_permitted().timestamps(1000, 0));
    peer.user.write(std::string(60'000, 'x'));
    sent(0);
    peer.worker.advance(kRtt);
  }

  // Keeps what the stack has sent, after so much time.
  void sent(int ms) {
    peer.worker.advance(Duration::milliseconds(ms));
    peer.worker.run_tasks();
    for (const auto& s : peer.output.sent) {
      const uint32_t seq = s.header.seq - peer.stack_iss;
      tsval[seq] = s.header.options.timestamps->tsval;
      if (seq >= next) next = seq + static_cast<uint32_t>(s.text.size());
    }
    peer.drain();
  }
  void answer(uint32_t ack, std::initializer_list<wire::SackBlock> blocks, uint32_t echo) {
    peer.send(seg(1, ack).sack(blocks).timestamps(1001, echo));
    sent(0);
  }

  std::map<uint32_t, uint32_t> tsval;  // of what was sent last
  uint32_t next = 1;
};

// RFC 3522 3: an acknowledgement of what an earlier recovery sent again may be older than the repairs of this one, and
// is no acknowledgement of what came before them.
TEST_F(SpuriousWithTimestamps, EchoOfAnEarlierRecoverysRepair_UndoesNothing) {
  const uint32_t t0 = tsval[1];
  const auto ssthresh = [&] { return peer.state().substr(peer.state().find("ssthresh="), 14); };
  for (uint32_t end = 3001; end <= 10'001; end += 1000) answer(1, {{1001, end}}, t0);
  const uint32_t t1 = tsval[1];
  const uint32_t end = next;
  const uint32_t lost = end - 2000;  // sent in this recovery
  sent(100);
  answer(1, {{lost + 1000, end}, {1001, lost}}, t0);
  sent(15);
  const uint32_t t2 = tsval[lost];
  ASSERT_GT(t2, t1) << "it was sent again";
  answer(lost, {{lost + 1000, end}}, t1);  // the recovery is over, and that repair on its way
  sent(25);
  ASSERT_GE(next, end + 5000);
  const uint32_t t3 = tsval[end];
  answer(lost, {{end + 1000, next}, {lost + 1000, end}}, t1);  // the first of what was sent since is lost
  EXPECT_EQ(peer.counted(Counter::kTcpFastRetransmits), 2u);
  ASSERT_GT(tsval[end], t3);
  const std::string reduced = ssthresh();
  answer(end, {{end + 1000, next}}, t2);
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 0u);
  EXPECT_EQ(ssthresh(), reduced);
}

// RFC 3708 3: the report comes a round trip behind the last acknowledgement.
TEST_F(SpuriousWithSack, RepairReportedOnceAllIsAcknowledged_RestoresTheWindow) {
  fly(5);
  peer.send(seg(1, 1).sack({{1001, 5001}}));
  peer.expect(seg(1, 1).text(kFull));
  peer.send(seg(1, 5001));
  EXPECT_TRUE(window_is("7000")) << peer.state();
  peer.send(seg(1, 5001).sack({{1, 1001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 1u);
  EXPECT_TRUE(window_is("10000")) << peer.state();
  peer.expect_nothing();
}

// The reduction for a mark that came in between stands.
TEST_F(Spurious, RepairReportedAfterAMark_UndoesNothing) {
  establish(syn().mss(1000).sack_permitted().ece().cwr());
  peer.user.write(std::string(5000, 'x'));
  peer.drain();
  peer.worker.advance(kRtt);
  peer.send(seg(1, 1).sack({{1001, 5001}}));
  peer.send(seg(1, 5001));
  peer.user.write(kFull);
  peer.drain();
  peer.send(seg(1, 6001).ece());
  peer.send(seg(1, 6001).sack({{1, 1001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpEcnReductions), 1u);
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 0u);
}

// A probe of the tail may come twice as well: its report is not the repair's.
TEST_F(SpuriousWithSack, ProbeAndRepairOfOneSegment_BothHaveToBeReported) {
  peer.user.write(kFull);
  peer.drain();
  peer.expect_after(kRtt * 3, seg(1, 1).text(kFull));
  EXPECT_EQ(peer.counted(Counter::kTcpTailLossProbes), 1u);
  peer.expect_after(kRtt * 3, seg(1, 1).text(kFull));
  EXPECT_EQ(peer.counted(Counter::kTcpRetransmissionTimeouts), 1u);
  peer.send(seg(1, 1001));
  peer.send(seg(1, 1001).sack({{1, 1001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 0u);
  peer.send(seg(1, 1001).sack({{1, 1001}}));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 1u);
  EXPECT_TRUE(window_is("10000")) << peer.state();
}

// Numbers wrap: nobody reports what lies further back than a window.
TEST_F(SpuriousWithSack, WhatWasRepairedLongAgo_IsRegrettedNoMore) {
  fly(5);
  peer.send(seg(1, 1).sack({{1001, 5001}}));
  peer.send(seg(1, 5001));
  EXPECT_TRUE(peer.user.connection->tcb().regrets.possible);
  for (uint32_t end = 6001; end < 70'000; end += 1000) {
    peer.user.write(kFull);
    peer.drain();
    peer.send(seg(1, end));
  }
  EXPECT_FALSE(peer.user.connection->tcb().regrets.possible);
}

// RFC 5682 2.1: it is neither of the two that follow the timeout.
TEST_F(SpuriousWithSack, OvertakenAcknowledgement_LeavesFRtoToTheNext) {
  fly(40);
  peer.send(seg(1, 2001));
  peer.worker.advance(kRtt * 6);
  EXPECT_EQ(peer.counted(Counter::kTcpRetransmissionTimeouts), 1u);
  peer.send(seg(1, 1001).sack({{9001, 10'001}}));
  peer.send(seg(1, 3001));
  peer.send(seg(1, 4001));
  EXPECT_EQ(peer.counted(Counter::kTcpSpuriousRecoveries), 1u);
  peer.drain();
}

}  // namespace
}  // namespace sluice::test
