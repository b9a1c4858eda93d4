// The opening of connections: RFC 9293 3.5.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

struct Handshake : testing::Test {
  void listen() { ASSERT_TRUE(peer.stack->listen({IpAddress::v4(0), TcpPeer::kLocal.port}, peer.user).ok()); }

  TcpPeer peer;
};

// RFC 9293 3.5, figure 6.
TEST_F(Handshake, Passive_EstablishesOnTheThirdSegment) {
  listen();
  peer.send(syn().mss(1460));
  peer.expect(syn_ack().mss(1460));
  EXPECT_EQ(peer.user.accepted, 0);
  peer.send(seg(1, 1));
  peer.expect_nothing();
  EXPECT_EQ(peer.user.accepted, 1);
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

TEST_F(Handshake, Passive_DataOnTheThirdSegmentIsDelivered) {
  listen();
  peer.send(syn());
  peer.take();
  peer.send(seg(1, 1).text("GET /"));
  EXPECT_EQ(peer.user.received, "GET /");
  peer.expect_after(Duration::milliseconds(40), seg(1, 6));
}

TEST_F(Handshake, Active_EstablishesOnSynAck) {
  peer.begin_connect();
  EXPECT_TRUE(peer.in_state("SYN-SENT"));
  peer.send(syn_ack().mss(1460));
  peer.expect(seg(1, 1));
  EXPECT_EQ(peer.user.connected, 1);
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

}  // namespace
}  // namespace sluice::test
