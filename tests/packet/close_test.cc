// The closing of connections: RFC 9293 3.6.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

using tcp::CloseReason;

struct Close : testing::Test {
  void SetUp() override { peer.establish_passive(); }
  TcpPeer peer;
};

// RFC 9293 3.6, figure 12, from the side that closes first.
TEST_F(Close, ThisSideFirst_EndsInTimeWait) {
  peer.user.connection->shutdown_write();
  peer.expect(seg(1, 1).fin());
  EXPECT_TRUE(peer.in_state("FIN-WAIT-1"));
  peer.send(seg(1, 2));
  EXPECT_TRUE(peer.in_state("FIN-WAIT-2"));
  peer.send(seg(1, 2).fin());
  peer.expect(seg(2, 2));
  EXPECT_TRUE(peer.in_state("TIME-WAIT"));
  EXPECT_EQ(peer.user.closed, CloseReason::kFinished);
  EXPECT_EQ(peer.stack->connections(), 0u);
}

// RFC 9293 3.6, figure 12, from the other side.
TEST_F(Close, PeerFirst_EndsInClosed) {
  peer.send(seg(1, 1).fin());
  peer.expect(seg(1, 2));
  EXPECT_TRUE(peer.in_state("CLOSE-WAIT"));
  EXPECT_TRUE(peer.user.connection->end_of_stream());
  peer.user.connection->shutdown_write();
  peer.expect(seg(1, 2).fin());
  EXPECT_TRUE(peer.in_state("LAST-ACK"));
  peer.send(seg(2, 2));
  EXPECT_TRUE(peer.in_state("CLOSED"));
  EXPECT_EQ(peer.user.closed, CloseReason::kFinished);
  EXPECT_EQ(peer.stack->connections(), 0u);
}

// RFC 9293 3.6, figure 13.
TEST_F(Close, BothAtOnce_GoThroughClosing) {
  peer.user.connection->shutdown_write();
  peer.expect(seg(1, 1).fin());
  peer.send(seg(1, 1).fin());
  peer.expect(seg(2, 2));
  EXPECT_TRUE(peer.in_state("CLOSING"));
  peer.send(seg(2, 2));
  EXPECT_TRUE(peer.in_state("TIME-WAIT"));
}

// A bug others shipped: the FIN of a simultaneous close is lost and never sent again.
TEST_F(Close, BothAtOnce_LostFinIsSentAgain) {
  peer.user.connection->shutdown_write();
  peer.expect(seg(1, 1).fin());
  peer.send(seg(1, 1).fin());
  peer.expect(seg(2, 2));
  peer.worker.advance(Duration::seconds(1));
  peer.expect(seg(1, 2).fin());
  EXPECT_TRUE(peer.in_state("CLOSING"));
}

TEST_F(Close, LostFin_IsSentAgain) {
  peer.user.connection->shutdown_write();
  peer.expect(seg(1, 1).fin());
  peer.worker.advance(Duration::seconds(1));
  peer.expect(seg(1, 1).fin());
}

// RFC 9293 3.6: a half-closed connection still receives.
TEST_F(Close, HalfClosed_StillReceives) {
  peer.user.connection->shutdown_write();
  peer.expect(seg(1, 1).fin());
  peer.send(seg(1, 2).text("late answer"));
  EXPECT_EQ(peer.user.received, "late answer");
  EXPECT_TRUE(peer.in_state("FIN-WAIT-2"));
}

TEST_F(Close, HalfClosedByThePeer_StillSends) {
  peer.send(seg(1, 1).fin());
  peer.drain();
  peer.user.write("answer");
  peer.expect(seg(1, 2).text("answer"));
}

// A bug others shipped: a FIN ahead of a gap is acted on before the text is there.
TEST_F(Close, FinAheadOfAGap_Waits) {
  peer.send(seg(6, 1).text("world").fin());
  peer.expect(seg(1, 1));
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
  peer.send(seg(1, 1).text("hello"));
  peer.expect(seg(1, 12));
  EXPECT_EQ(peer.user.received, "helloworld");
  EXPECT_TRUE(peer.in_state("CLOSE-WAIT"));
}

TEST_F(Close, FinBehindWrittenText_GoesWithIt) {
  peer.user.write("bye");
  peer.user.connection->shutdown_write();
  peer.expect(seg(1, 1).text("bye").fin());
}

// RFC 9293 3.10.7.4: what was read too late is still there after an orderly end.
TEST_F(Close, UnreadText_DelaysTheLastEvent) {
  peer.user.reads = false;
  peer.send(seg(1, 1).text("unread").fin());
  peer.user.connection->shutdown_write();
  peer.send(seg(8, 2));
  EXPECT_TRUE(peer.in_state("CLOSED"));
  EXPECT_FALSE(peer.user.closed.has_value());
  peer.user.read();
  peer.worker.run_tasks();
  EXPECT_EQ(peer.user.received, "unread");
  EXPECT_EQ(peer.user.closed, CloseReason::kFinished);
}

TEST_F(Close, Abort_SendsResetAndForgets) {
  peer.user.connection->abort();
  peer.expect(rst(1).ack(1));
  EXPECT_TRUE(peer.in_state("CLOSED"));
  EXPECT_EQ(peer.stack->connections(), 0u);
  EXPECT_FALSE(peer.user.closed.has_value());
}

TEST_F(Close, GivenUp_DiscardsWhatStillArrives) {
  peer.user.connection->close();
  peer.expect(seg(1, 1).fin());
  peer.send(seg(1, 2).text("nobody reads this"));
  peer.expect_after(Duration::milliseconds(40), seg(2, 18));
  peer.send(seg(18, 2).fin());
  peer.expect(seg(2, 19));
  EXPECT_EQ(peer.stack->connections(), 0u);
}

// A bug others shipped: the control block leaks when the peer vanishes.
TEST_F(Close, GivenUp_DoesNotWaitForEverInFinWait2) {
  peer.user.connection->close();
  peer.expect(seg(1, 1).fin());
  peer.send(seg(1, 2));
  peer.expect_nothing_for(Duration::seconds(59));
  EXPECT_EQ(peer.stack->connections(), 1u);
  peer.worker.advance(Duration::seconds(2));
  EXPECT_EQ(peer.stack->connections(), 0u);
}

}  // namespace
}  // namespace sluice::test
