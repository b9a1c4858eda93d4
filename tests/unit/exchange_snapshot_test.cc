#include <gtest/gtest.h>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

using SnapshotTest = ExchangeTest;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(SnapshotTest, Reload_LetsRequestsInFlightEndOnTheirOwnPolicy) {
  Peer& before = rig.send(kGet);
  rig.policy.services[0].host = "198.18.1.9";
  rig.reload();
  EXPECT_TRUE(rig.server().snapshots().may_use(1));
  rig.send(kGet);
  EXPECT_EQ(rig.origins.endpoint(1).address, IpAddress::v4(0xC6120109));

  rig.origins[0].send(kOk);
  rig.run();
  EXPECT_TRUE(take_message(before.received()));
  EXPECT_EQ(rig.edge_record().header.policy_generation, 1u);
  EXPECT_FALSE(rig.server().snapshots().may_use(1));
  rig.origins[1].send(kOk);
  rig.run();
  EXPECT_EQ(rig.edge_record().header.policy_generation, 2u);
}

// It may last as long as its client likes.
TEST_F(SnapshotTest, AnswerOnItsWay_DoesNotHoldItsPolicy) {
  Peer& client = rig.send(kGet);
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
  rig.run();
  rig.reload();
  rig.origins[0].send("b");
  rig.run();
  EXPECT_EQ(rig.server().snapshots().pins(), 0u);
  EXPECT_FALSE(rig.server().snapshots().may_use(1));
  rig.destroy_snapshot(0);
  rig.origins[0].send("c");
  rig.run();
  EXPECT_EQ(take_message(client.received())->body, "abc");
  const GatewayRecord record = rig.gateway_record();
  EXPECT_EQ(record.header.policy_generation, 1u);
  EXPECT_EQ(record.route_name.view(), "all");
  EXPECT_EQ(record.ending, Ending::kComplete);
  EXPECT_EQ(rig.edge_record().response_body_bytes, 3u);
}

// What plugins put into the request's head are their own texts: nothing looks at them once the policy is let go.
TEST_F(SnapshotTest, AnswerThatEndsLater_LooksAtNothingOfItsPolicy) {
  policy::RequestTransformerConfig adds;
  adds.add.headers = {{.name = "X1", .value = "1"}};
  rig.add_plugin(adds);
  rig.reload();
  Peer& client = rig.send(kGet);
  rig.origins[0].send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
  rig.run();
  rig.policy.plugins.clear();
  rig.reload();
  rig.origins[0].send("1\r\nb\r\n");
  rig.run();
  ASSERT_EQ(rig.server().snapshots().pins(), 0u);
  rig.destroy_snapshot(1);
  rig.origins[0].send("0\r\nX-End: 8\r\n\r\n");
  rig.run();
  EXPECT_EQ(take_message(client.received())->body, "ab");
}

TEST_F(SnapshotTest, AnswerThatBreaksOffLater_NeedsItsPolicyNoMore) {
  Peer& client = rig.send(kGet);
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
  rig.run();
  rig.reload();
  rig.origins[0].send("a");
  rig.run();
  rig.destroy_snapshot(0);
  rig.advance(Duration::seconds(61));
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(rig.gateway_record().failure.reason, Counter::kUpstreamTimeouts);
}

TEST_F(SnapshotTest, Reload_KeepsConnectionsToOriginsAndClients) {
  Peer& client = rig.send(kGet);
  rig.origins[0].send(kOk);
  rig.run();
  rig.reload();
  client.send(kGet);
  rig.run();
  rig.origins[0].send(kOk);
  rig.run();
  EXPECT_EQ(rig.origins.connections(), 1u);
}

TEST_F(SnapshotTest, ReloadThatTouchesNoRegex_CompilesNoneAgain) {
  policy::Route& route = rig.policy.routes[0];
  route.paths = {"~/b[0-9]+$"};
  rig.policy.routes.push_back(route);
  rig.policy.routes[1].id = policy::Uuid(std::array<uint8_t, 16>{3});
  rig.policy.routes[1].paths = {"~/a[0-9]+$"};
  rig.reload();
  const uint64_t compiled = rig.databases.compiled();

  // The first route comes before the other now, and there is one more.
  rig.policy.routes[0].regex_priority = 7;
  rig.policy.routes.push_back(rig.policy.routes[0]);
  rig.policy.routes[2].id = policy::Uuid(std::array<uint8_t, 16>{4});
  rig.policy.routes[2].paths = {"/c"};
  rig.reload();
  rig.destroy_snapshot(1);
  EXPECT_EQ(rig.databases.compiled(), compiled);
  rig.send("GET /a1 HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins.last().send(kOk);
  rig.run();
  EXPECT_EQ(rig.gateway_record().route_id, rig.policy.routes[1].id.bytes());

  rig.policy.routes[0].paths = {"~/b[0-9]*$"};
  rig.reload();
  EXPECT_EQ(rig.databases.compiled(), compiled + 1);
}

TEST_F(SnapshotTest, IdleWorker_MovesOnAtOnce) {
  EXPECT_TRUE(rig.server().snapshots().may_use(1));
  rig.reload();
  EXPECT_FALSE(rig.server().snapshots().may_use(1));
  EXPECT_TRUE(rig.server().snapshots().may_use(2));
}

TEST_F(SnapshotTest, AsManySnapshotsAsMayExist_CanBePinned) {
  const SnapshotHolder& snapshots = rig.server().snapshots();
  for (unsigned i = 1; i < kMaxSnapshots; ++i) {
    rig.send(kGet);
    rig.reload();
  }
  for (uint64_t generation = 1; generation <= kMaxSnapshots; ++generation) EXPECT_TRUE(snapshots.may_use(generation));
  EXPECT_EQ(snapshots.pins(), kMaxSnapshots - 1);
  rig.origins[1].send(kOk);
  rig.run();
  EXPECT_TRUE(snapshots.may_use(1));
  EXPECT_FALSE(snapshots.may_use(2)) << "whatever the first is pinned for";
  rig.origins[0].send(kOk);
  rig.run();
  EXPECT_FALSE(snapshots.may_use(1));
  EXPECT_TRUE(snapshots.may_use(3));
}

TEST_F(SnapshotTest, Pin_MovesWithoutCountingTwice) {
  SnapshotHolder& holder = rig.server().snapshots();
  {
    SnapshotHolder::Pin first = holder.pin();
    SnapshotHolder::Pin second = std::move(first);
    EXPECT_EQ(holder.pins(), 1u);
    EXPECT_EQ(second->generation(), 1u);
  }
  EXPECT_EQ(holder.pins(), 0u);
}

TEST_F(SnapshotTest, Compile_TellsAllMistakesOfAllRooms) {
  policy::EdgeRule rule;
  rule.match.path_regex = "/(unclosed";
  rig.policy.edge.rules = {rule};
  rig.policy.routes[0].paths = {"~/(unclosed"};
  const gateway::SharedState shared;
  const auto result = compile(std::make_shared<const policy::Policy>(rig.policy), 9,
                              {.gateway = shared, .health = rig.health(), .product = "sluice/test"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().size(), 2u);
}

}  // namespace
}  // namespace sluice::exchange::test
