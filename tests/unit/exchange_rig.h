// Rig: one worker's server between clients and origins in memory, for the tests of exchanges.
//
// The policy starts with one service at 198.18.1.1:8080 behind a route for "/"; a test changes it and calls reload().
// When a Rig is destroyed it checks that every packet, slice, block and exchange has been given back.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/response_store.h"
#include "exchange/server.h"
#include "gateway/introspections.h"
#include "gateway/rate_budgets.h"
#include "gateway/shared_state.h"
#include "http/h1_server.h"
#include "match/hyperscan_database.h"
#include "sluice/introspection.h"
#include "sluice/rate_lease.h"
#include "support/http_message.h"
#include "support/origins.h"
#include "support/peer.h"
#include "support/question_desk.h"
#include "support/test_worker.h"
#include "token/verified_memory.h"

namespace sluice::exchange::test {

using sluice::test::Body;
using sluice::test::HttpMessage;
using sluice::test::Origins;
using sluice::test::Peer;
using sluice::test::take_message;
using sluice::test::TestWorker;
using sluice::test::Welcome;

inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class Rig {
 public:
  struct Options {
    uint64_t seed = 1;
    uint32_t packets = 4096;
    size_t window_bytes = 65536;
    uint32_t exchanges = 1024;
    size_t log_ring_records = 1024;
  };

  Rig() : Rig(Options()) {}
  explicit Rig(const Options& options)
      : window_bytes_(options.window_bytes),
        worker(options.seed, options.packets),
        origins(worker, options.window_bytes),
        server_({sessions_, origins, health_, tokens_, book_, {&desk, &introspection_desk}},
                {.exchanges = options.exchanges, .log_ring_records = options.log_ring_records}) {
    policy::Service service;
    service.id = policy::Uuid(std::array<uint8_t, 16>{1});
    service.name = "origin";
    service.host = "198.18.1.1";
    service.port = Port{8080};
    service.retries = 2;
    policy.services = {service};
    policy::Route route;
    route.id = policy::Uuid(std::array<uint8_t, 16>{2});
    route.name = "all";
    route.paths = {"/"};
    route.request_buffering = false;  // what a client sends can be seen at the origin at once
    route.service = policy::Ref<policy::Service>{0};
    policy.routes = {route};
    packets_at_start_ = worker.packets->available();
  }
  ~Rig() { close_and_check(); }

  // Puts `policy` in force for new requests.
  void reload() {
    const CompileContext context{
        .gateway = shared_, .health = health_, .product = "sluice/test", .hash_key = {1, 2}, .databases = &databases};
    auto compiled = compile(std::make_shared<const policy::Policy>(policy), ++generation_, context);
    ASSERT_TRUE(compiled) << compiled.error()[0].message;
    snapshots_.push_back(std::move(compiled).value());
    server_.adopt(*snapshots_.back());
  }

  // As control does with a snapshot that no worker uses any more.
  void destroy_snapshot(size_t i) { snapshots_[i].reset(); }

  // What rate limits count in. REQUIRES: reload() follows.
  void use_rate_budgets(gateway::RateBudgets& budgets) { shared_.rate_budgets = &budgets; }

  // What is known of tokens. REQUIRES: reload() follows.
  void use_introspections(gateway::Introspections& known) { shared_.introspections = &known; }

  // What proxy-cache keeps its answers in. REQUIRES: reload() follows.
  void use_responses(cache::ResponseStore& responses) { shared_.responses = &responses; }

  // A plugin for every request.
  void add_plugin(policy::PluginConfig config) {
    policy::Plugin plugin;
    plugin.id = policy::Uuid(std::array<uint8_t, 16>{3, static_cast<uint8_t>(policy.plugins.size())});
    plugin.protocols = {policy::Protocol::kHttp, policy::Protocol::kHttps};
    plugin.config = std::move(config);
    policy.plugins.push_back(std::move(plugin));
  }

  // A new connection to the server.
  Peer& connect() {
    auto& connection = *connections_.emplace_back(std::make_unique<Connection>(worker, window_bytes_));
    h1_.on_accept(connection.pair.server());
    return connection.client;
  }

  // A connection that has sent `request`, after everything it led to.
  Peer& send(std::string_view request) {
    Peer& client = connect();
    client.send(request);
    run();
    return client;
  }

  void run() { worker.run_tasks(); }
  void advance(Duration d) { worker.advance(d); }

  std::vector<EdgeRecord> edge_records() { return take_all<EdgeRecord>(); }
  std::vector<GatewayRecord> gateway_records() { return take_all<GatewayRecord>(); }
  // The only record since the last look.
  EdgeRecord edge_record() { return only(edge_records()); }
  GatewayRecord gateway_record() { return only(gateway_records()); }

  Server& server() { return server_; }
  http::H1Server& h1() { return h1_; }
  policy::Limits& limits() { return limits_; }
  upstream::HealthTable& health() { return health_; }
  const Snapshot& snapshot(size_t i) const { return *snapshots_[i]; }
  uint64_t counted(Counter c) const { return worker.counted(c); }

  // Ends every connection, and expects that nothing is left.
  void close_and_check() {
    if (std::exchange(checked_, true)) return;
    h1_.abort_all();
    server_.leave_origins();
    run();
    connections_.clear();
    origins.clear();
    EXPECT_EQ(server_.active(), 0u);
    EXPECT_EQ(h1_.connections(), 0u);
    EXPECT_EQ(server_.snapshots().pins(), 0u);
    EXPECT_EQ(worker.nodes.size(), 0u);
    EXPECT_EQ(worker.packets->available(), packets_at_start_);
    EXPECT_EQ(worker.blocks.in_use_bytes(), 0u);
    // A session that runs out of packets at the end of a body finds it unfinished.
    EXPECT_TRUE(counted(Counter::kInternalError) == 0 || counted(Counter::kPacketPoolEmpty) > 0);
  }

 private:
  struct Connection {
    Connection(TestWorker& worker, size_t window_bytes)
        : pair(worker.context, worker.nodes, window_bytes), client(worker, pair.client()) {}
    sluice::test::MemoryStreamPair pair;
    Peer client;
  };

  template <typename Record>
  std::vector<Record> take_all() {
    std::vector<Record> records;
    for (Record record; server_.records().try_take(record);) records.push_back(record);
    return records;
  }
  template <typename Record>
  static Record only(std::vector<Record> records) {
    EXPECT_EQ(records.size(), 1u);
    return records.empty() ? Record() : records[0];
  }

  const size_t window_bytes_;

 public:
  TestWorker worker;
  Origins origins;
  sluice::test::RecordingDesk<LeaseQuestion> desk;
  sluice::test::RecordingDesk<IntrospectionQuestion> introspection_desk;
  policy::Policy policy;
  match::DatabaseMemory databases;

 private:
  policy::Limits limits_;
  http::SessionContext sessions_{worker.context, *worker.packets, worker.nodes, limits_};
  upstream::HealthTable health_{64};
  AddressBook book_;
  token::VerifiedMemory tokens_{worker.context, {.tokens = 16}};
  gateway::SharedState shared_;
  std::vector<std::unique_ptr<const Snapshot>> snapshots_;
  uint64_t generation_ = 0;
  Server server_;
  gateway::TrustedProxies trusted_;
  ListenerHandler handler_{server_, trusted_};
  std::vector<std::unique_ptr<Connection>> connections_;
  http::H1Server h1_{sessions_, handler_};
  uint32_t packets_at_start_ = 0;
  bool checked_ = false;
};

// A rig with its first policy in force.
class ExchangeTest : public ::testing::Test {
 protected:
  void SetUp() override { rig.reload(); }
  Rig rig;
};

}  // namespace sluice::exchange::test
