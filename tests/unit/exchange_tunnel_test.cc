#include <gtest/gtest.h>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

constexpr std::string_view kAsk =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n";
constexpr std::string_view kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

class TunnelTest : public ExchangeTest {
 protected:
  void open() {
    client = &rig.send(kAsk);
    rig.origins[0].received().clear();
    rig.origins[0].send(kSwitch);
    rig.run();
    EXPECT_EQ(take_message(client->received(), Body::kNone)->status(), 101);
  }
  Peer* client = nullptr;
};

TEST_F(TunnelTest, Upgrade_IsAskedForAndAnswered) {
  Peer& asking = rig.send(kAsk);
  const auto request = take_message(rig.origins[0].received());
  EXPECT_EQ(request->header("Upgrade"), "websocket");
  EXPECT_EQ(request->header("Connection"), "Upgrade");
  rig.origins[0].send(kSwitch);
  rig.run();
  const auto response = take_message(asking.received(), Body::kNone);
  EXPECT_EQ(response->header("Upgrade"), "websocket");
  EXPECT_EQ(response->header("Connection"), "Upgrade");
}

TEST_F(TunnelTest, Bytes_PassBothWays) {
  open();
  client->send("ping");
  rig.origins[0].send("pong");
  rig.run();
  EXPECT_EQ(rig.origins[0].received(), "ping");
  EXPECT_EQ(client->received(), "pong");
}

TEST_F(TunnelTest, BytesSentWithTheAnswer_AreNotLost) {
  Peer& asking = rig.send(kAsk);
  rig.origins[0].send(std::string(kSwitch) + "hello");
  rig.run();
  EXPECT_TRUE(take_message(asking.received(), Body::kNone));
  EXPECT_EQ(asking.received(), "hello");
}

TEST_F(TunnelTest, ClientsEnd_ReachesTheOriginAndTheOriginMayGoOn) {
  open();
  client->send("bye");
  client->end();
  rig.run();
  EXPECT_EQ(rig.origins[0].received(), "bye");
  EXPECT_TRUE(rig.origins[0].ended());
  rig.origins[0].send("still here");
  rig.run();
  EXPECT_EQ(client->received(), "still here");
  rig.origins[0].end();
  rig.run();
  EXPECT_TRUE(client->ended());
  EXPECT_EQ(rig.edge_record().ending, Ending::kComplete);
}

TEST_F(TunnelTest, OriginsEnd_EndsTheTunnel) {
  open();
  rig.origins[0].send("last words");
  rig.origins[0].end();
  rig.run();
  EXPECT_EQ(client->received(), "last words");
  EXPECT_TRUE(client->ended());
  EXPECT_EQ(rig.server().active(), 0u);
}

TEST_F(TunnelTest, Silence_EndsItAfterTheReadTimeout) {
  rig.policy.services[0].read_timeout = Duration::seconds(5);
  rig.reload();
  open();
  for (int i = 0; i < 3; ++i) {
    rig.advance(Duration::seconds(4));
    client->send("still typing");
    rig.run();
  }
  EXPECT_EQ(rig.server().active(), 1u);
  rig.advance(Duration::seconds(6));
  EXPECT_EQ(rig.server().active(), 0u);
  EXPECT_EQ(rig.edge_record().failure.reason, Counter::kUpstreamTimeouts);
}

TEST_F(TunnelTest, Tunnel_DoesNotHoldItsPolicy) {
  open();
  rig.reload();
  EXPECT_EQ(rig.server().snapshots().pins(), 0u);
  EXPECT_FALSE(rig.server().snapshots().may_use(1));
  rig.destroy_snapshot(0);
  client->send("ping");
  rig.origins[0].send("pong");
  rig.run();
  rig.origins[0].reset();
  rig.run();
  const GatewayRecord record = rig.gateway_record();
  EXPECT_EQ(record.header.policy_generation, 1u);
  EXPECT_EQ(record.route_name.view(), "all");
  EXPECT_EQ(record.status, 101);
  const EdgeRecord edge = rig.edge_record();
  EXPECT_EQ(edge.request_body_bytes, 4u);
  EXPECT_EQ(edge.response_body_bytes, 4u);
}

TEST_F(TunnelTest, OrdinaryAnswer_RefusesTheUpgrade) {
  Peer& asking = rig.send(kAsk);
  rig.origins[0].send(kOk);
  rig.run();
  EXPECT_EQ(take_message(asking.received())->status(), 200);
  asking.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.run();
  EXPECT_EQ(take_message(rig.origins[0].received())->header("Upgrade"), "websocket");
  EXPECT_EQ(take_message(rig.origins[0].received())->header("Upgrade"), "");
}

}  // namespace
}  // namespace sluice::exchange::test
