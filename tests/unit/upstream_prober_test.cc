#include <gtest/gtest.h>

#include <algorithm>

#include "support/origins.h"
#include "support/test_worker.h"
#include "upstream/prober.h"

namespace sluice::upstream {
namespace {

using test::Welcome;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::string_view kBusy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

// An upstream of some targets that is probed every second while healthy, every two seconds while not.
class ProberTest : public ::testing::Test {
 protected:
  ProberTest() {
    policy::Upstream upstream;
    upstream.name = "pool";
    policy::ActiveChecks& checks = upstream.healthchecks.active;
    checks.timeout = Duration::milliseconds(400);
    checks.healthy.interval = Duration::seconds(1);
    checks.healthy.successes = 1;
    checks.unhealthy.interval = Duration::seconds(2);
    checks.unhealthy.http_failures = 1;
    checks.unhealthy.tcp_failures = 2;
    checks.unhealthy.timeouts = 1;
    policy_.upstreams = {upstream};
  }
  ~ProberTest() override {
    prober_.watch(nullptr);
    run();
    EXPECT_EQ(pool_.connections(), 0u);
  }

  policy::ActiveChecks& checks() { return policy_.upstreams[0].healthchecks.active; }

  void watch(unsigned targets, const std::string& host = "198.18.1.1") {
    for (unsigned i = 1; i <= targets; ++i) {
      policy::Target target;
      target.target = {host, Port{static_cast<uint16_t>(8080 + i)}};
      policy_.upstreams[0].targets.push_back(target);
    }
    compile();
  }
  void compile() {
    auto next = UpstreamSet::compile(policy_, health_);
    ASSERT_TRUE(next);
    prober_.watch(next->get());
    set_ = std::move(next).value();
    tick();
  }
  void run() { worker_.run_tasks(); }
  void tick() { advance(Duration::milliseconds(1)); }
  void advance(Duration d) {
    worker_.advance(d);
    run();
  }
  bool healthy(size_t target = 0) const { return health_.healthy(set_->all()[0]->targets[target].slot); }
  void answer_all(std::string_view reply) {
    origins_.answer_all([reply](const test::HttpMessage&) { return std::string(reply); });
  }

  test::TestWorker worker_;
  policy::Limits limits_;
  http::SessionContext sessions_{worker_.context, *worker_.packets, worker_.nodes, limits_};
  test::Origins origins_{worker_};
  HealthTable health_{64};
  AddressBook book_;
  Balancer balancer_{worker_.context, health_, book_, origins_};
  ConnectionPool pool_{sessions_, origins_, {}};
  policy::Policy policy_;
  std::unique_ptr<const UpstreamSet> set_;
  Prober prober_{{sessions_, pool_, balancer_, health_, 1}};
};

TEST_F(ProberTest, Probe_IsAGetOfThePathWithTheConfiguredHeaders) {
  checks().http_path = "/health?deep=1";
  checks().headers = {{"X-Probe", {"one", "two"}}};
  policy_.upstreams[0].host_header = "inner.example";
  watch(1);
  const auto request = test::take_message(origins_[0].received());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->start_line, "GET /health?deep=1 HTTP/1.1");
  EXPECT_EQ(request->header("Host"), "inner.example:8081");
  EXPECT_EQ(std::ranges::count(request->headers, std::string("X-Probe"), &std::pair<std::string, std::string>::first),
            2);
}

TEST_F(ProberTest, UnhealthyStatus_TakesTheTargetOutAndAHealthyOneBringsItBack) {
  answer_all(kBusy);
  watch(1);
  EXPECT_FALSE(healthy());
  EXPECT_EQ(worker_.counted(Counter::kUpstreamTargetDown), 1u);
  answer_all(kOk);
  advance(Duration::seconds(2));
  tick();
  EXPECT_TRUE(healthy());
  EXPECT_EQ(worker_.counted(Counter::kUpstreamTargetUp), 1u);
}

TEST_F(ProberTest, StatusInNeitherList_TellsNothing) {
  answer_all("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  watch(1);
  EXPECT_EQ(health_.state(set_->all()[0]->targets[0].slot), HealthState());
}

TEST_F(ProberTest, RefusedConnection_CountsAsTcpFailure) {
  origins_.meet_others(Welcome::kRefuse);
  watch(1);
  EXPECT_TRUE(healthy());
  advance(Duration::seconds(1));
  tick();
  EXPECT_FALSE(healthy());
  EXPECT_EQ(worker_.counted(Counter::kUpstreamProbesFailed), 2u);
}

TEST_F(ProberTest, SilentTarget_CountsAsTimeoutWhenTheTimeIsOver) {
  watch(1);
  advance(Duration::milliseconds(398));
  EXPECT_TRUE(healthy());
  advance(Duration::milliseconds(5));
  EXPECT_FALSE(healthy());
}

TEST_F(ProberTest, TcpProbe_IsContentWithAConnection) {
  checks().type = policy::ProbeType::kTcp;
  checks().healthy.interval = {};
  watch(1);
  for (int i = 0; i < 2; ++i) health_.report(set_->all()[0]->targets[0].slot, Outcome::kTimeout, {.timeouts = 1});
  EXPECT_FALSE(healthy());
  advance(Duration::seconds(2));
  tick();
  EXPECT_TRUE(healthy());
  EXPECT_EQ(origins_.connections(), 1u);
  EXPECT_EQ(origins_[0].received(), "");
}

TEST_F(ProberTest, Interval_IsKept) {
  answer_all(kOk);
  watch(1);
  EXPECT_EQ(worker_.counted(Counter::kUpstreamProbes), 1u);
  advance(Duration::milliseconds(900));
  EXPECT_EQ(worker_.counted(Counter::kUpstreamProbes), 1u);
  advance(Duration::milliseconds(200));
  EXPECT_EQ(worker_.counted(Counter::kUpstreamProbes), 2u);
}

TEST_F(ProberTest, IntervalOfZero_ProbesNobodyInThatState) {
  checks().unhealthy.interval = {};
  answer_all(kBusy);
  watch(1);
  answer_all(kOk);
  for (int i = 0; i < 10; ++i) advance(Duration::seconds(1));
  EXPECT_FALSE(healthy());
  EXPECT_EQ(worker_.counted(Counter::kUpstreamProbes), 1u);
}

TEST_F(ProberTest, Concurrency_PutsTheOthersOff) {
  checks().concurrency = 2;
  watch(5);
  EXPECT_EQ(origins_.connections(), 2u);
  EXPECT_EQ(worker_.counted(Counter::kUpstreamProbesPutOff), 1u);
  for (size_t i = 0; i < 2; ++i) origins_[i].send(kOk);
  advance(Prober::kTick);
  EXPECT_EQ(origins_.connections(), 4u);
}

TEST_F(ProberTest, TwoWorkers_ShareTheTargets) {
  Prober other{{sessions_, pool_, balancer_, health_, 2}};
  prober_.watch(nullptr);
  watch(4);
  prober_.watch(nullptr);
  run();
  const uint64_t before = worker_.counted(Counter::kUpstreamProbes);
  other.watch(set_.get());
  tick();
  EXPECT_EQ(worker_.counted(Counter::kUpstreamProbes) - before, 2u);
  other.watch(nullptr);
}

TEST_F(ProberTest, Reload_PutsNoProbeOffAndBringsNoneForward) {
  answer_all(kOk);
  watch(1);
  const auto before = std::move(set_);
  for (int i = 0; i < 9; ++i) {
    advance(Duration::milliseconds(100));
    const auto keep = std::move(set_);
    compile();
  }
  EXPECT_EQ(worker_.counted(Counter::kUpstreamProbes), 1u);
  advance(Duration::milliseconds(200));
  EXPECT_EQ(worker_.counted(Counter::kUpstreamProbes), 2u);
}

TEST_F(ProberTest, NameWithoutAnAddress_IsNotProbed) {
  watch(1, "gone.example");
  EXPECT_EQ(worker_.counted(Counter::kUpstreamProbes), 0u);
  EXPECT_TRUE(healthy());
}

TEST_F(ProberTest, AddressesOfAName_AreProbedInTurn) {
  AddressBook book;
  book.set("two.example", {IpAddress::v4(0xC6120101), IpAddress::v4(0xC6120102)});
  balancer_.use(book);
  answer_all(kOk);
  watch(1, "two.example");
  advance(Duration::milliseconds(1100));
  ASSERT_EQ(origins_.connections(), 2u);
  EXPECT_NE(origins_.endpoint(0).address, origins_.endpoint(1).address);
}

TEST_F(ProberTest, OwnLackOfMemory_TellsNothing) {
  origins_.exhaust();
  watch(1);
  EXPECT_EQ(health_.state(set_->all()[0]->targets[0].slot), HealthState());
}

}  // namespace
}  // namespace sluice::upstream
