#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/test_worker.h"
#include "upstream/balancer.h"

namespace sluice::upstream {
namespace {

constexpr IpAddress kFirst = IpAddress::v4(0xC6120101);
constexpr IpAddress kSecond = IpAddress::v4(0xC6120102);

// Who connects, as far as a balancer asks.
class Routes final : public stream::Connector {
 public:
  bool reaches(const IpAddress& remote) const override { return !cut_off.contains(remote); }
  stream::Stream* connect(const Endpoint&, stream::StreamEvents&) override { return nullptr; }

  std::set<IpAddress> cut_off;
};

class BalancerTest : public ::testing::Test {
 protected:
  // An upstream "u" over targets "host:port" with weights, and a service that names it.
  policy::Upstream& upstream_with(std::vector<std::pair<policy::HostPort, uint16_t>> targets) {
    policy::Upstream upstream;
    upstream.id = policy::Uuid(std::array<uint8_t, 16>{7});
    upstream.name = "u";
    for (auto& [at, weight] : targets) {
      policy::Target target;
      target.target = at;
      target.weight = weight;
      upstream.targets.push_back(target);
    }
    policy_.upstreams = {upstream};
    service("u", Port{80});
    return policy_.upstreams[0];
  }

  void service(const std::string& host, Port port) {
    policy::Service service;
    service.host = host;
    service.port = port;
    policy_.services = {service};
  }

  const Upstream& compile() {
    auto set = UpstreamSet::compile(policy_, health_);
    EXPECT_TRUE(set);
    set_ = std::move(set).value();
    return set_->of(policy_.services[0]);
  }

  std::map<uint16_t, int> spread(const Upstream& upstream, int requests) {
    std::map<uint16_t, int> ports;
    for (int i = 0; i < requests; ++i) {
      TriedTargets tried;
      const auto choice = balancer_.choose(upstream, tried);
      ++ports[choice ? choice->endpoint.port.value : 0];
    }
    return ports;
  }

  test::TestWorker worker_;
  HealthTable health_{64};
  AddressBook book_;
  Routes routes_;
  Balancer balancer_{worker_.context, health_, book_, routes_};
  policy::Policy policy_;
  std::unique_ptr<const UpstreamSet> set_;
};

using Ports = std::map<uint16_t, int>;

TEST_F(BalancerTest, Weights_AreMetExactlyInEachRound) {
  upstream_with({{{"198.18.1.1", Port{1}}, 300}, {{"198.18.1.1", Port{2}}, 100}, {{"198.18.1.1", Port{3}}, 200}});
  const Upstream& u = compile();
  for (int round = 0; round < 5; ++round) EXPECT_EQ(spread(u, 6), (Ports{{1, 3}, {2, 1}, {3, 2}}));
}

TEST_F(BalancerTest, HeavyTarget_IsNotChosenInOneBurst) {
  upstream_with({{{"198.18.1.1", Port{1}}, 2}, {{"198.18.1.1", Port{2}}, 2}});
  const Upstream& u = compile();
  EXPECT_EQ(spread(u, 2), (Ports{{1, 1}, {2, 1}}));
}

TEST_F(BalancerTest, WeightZero_GetsNothing) {
  upstream_with({{{"198.18.1.1", Port{1}}, 0}, {{"198.18.1.1", Port{2}}, 100}});
  EXPECT_EQ(spread(compile(), 10), (Ports{{2, 10}}));
}

TEST_F(BalancerTest, NoTargets_IsNoPeer) {
  upstream_with({{{"198.18.1.1", Port{1}}, 0}});
  TriedTargets tried;
  const auto choice = balancer_.choose(compile(), tried);
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error(), Balancer::Failure::kNoPeer);
  EXPECT_EQ(worker_.counted(Counter::kUpstreamNoPeer), 1u);
}

TEST_F(BalancerTest, Retry_GoesToATargetNotYetTried) {
  upstream_with({{{"198.18.1.1", Port{1}}, 1000}, {{"198.18.1.1", Port{2}}, 1}});
  const Upstream& u = compile();
  TriedTargets tried;
  const Port first = balancer_.choose(u, tried)->endpoint.port;
  const Port second = balancer_.choose(u, tried)->endpoint.port;
  EXPECT_NE(first, second);
  EXPECT_TRUE(balancer_.choose(u, tried));  // all were tried: any will do
}

TEST_F(BalancerTest, UnhealthyTarget_IsLeftOut) {
  auto& upstream = upstream_with({{{"198.18.1.1", Port{1}}, 100}, {{"198.18.1.1", Port{2}}, 100}});
  upstream.healthchecks.passive.unhealthy.http_failures = 1;
  const Upstream& u = compile();
  balancer_.report_response(u, u.targets[0], 500, {});
  EXPECT_EQ(spread(u, 10), (Ports{{2, 10}}));
  EXPECT_EQ(worker_.counted(Counter::kUpstreamTargetDown), 1u);
}

TEST_F(BalancerTest, StatusOutsideTheLists_TellsNothing) {
  auto& upstream = upstream_with({{{"198.18.1.1", Port{1}}, 100}});
  upstream.healthchecks.passive.unhealthy.http_failures = 1;
  const Upstream& u = compile();
  balancer_.report_response(u, u.targets[0], 404, {});
  EXPECT_EQ(health_.state(u.targets[0].slot), HealthState());
}

TEST_F(BalancerTest, BelowTheThreshold_NothingIsChosen) {
  auto& upstream = upstream_with({{{"198.18.1.1", Port{1}}, 100}, {{"198.18.1.1", Port{2}}, 100}});
  upstream.healthchecks.threshold = 60;
  upstream.healthchecks.passive.unhealthy.tcp_failures = 1;
  const Upstream& u = compile();
  EXPECT_EQ(spread(u, 2), (Ports{{1, 1}, {2, 1}}));
  balancer_.report(u, u.targets[0], Outcome::kTcpFailure);
  EXPECT_EQ(spread(u, 2), (Ports{{0, 2}}));
}

TEST_F(BalancerTest, ServiceHost_IsASingleTarget) {
  service("198.18.1.1", Port{8080});
  const Upstream& u = compile();
  TriedTargets tried;
  const auto choice = balancer_.choose(u, tried);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->endpoint, (Endpoint{kFirst, Port{8080}}));
  EXPECT_EQ(choice->target->host_header(false), "198.18.1.1:8080");
}

TEST_F(BalancerTest, DefaultPort_IsLeftOutOfHost) {
  service("Origin.Example", Port{80});
  const Upstream& u = compile();
  EXPECT_EQ(u.targets[0].host_header(false), "Origin.Example");
  EXPECT_EQ(u.targets[0].host_header(true), "Origin.Example:80");
}

TEST_F(BalancerTest, HostHeader_ReplacesTheTargetsName) {
  auto& upstream = upstream_with({{{"198.18.1.1", Port{8080}}, 100}});
  upstream.host_header = "inner.example";
  EXPECT_EQ(compile().targets[0].host_header(false), "inner.example:8080");
}

TEST_F(BalancerTest, Name_IsLookedUpInLowerCaseAndItsAddressesTakeTurns) {
  service("Origin.Example", Port{80});
  const Upstream& u = compile();
  EXPECT_EQ(set_->names_to_resolve(), std::vector<std::string>{"origin.example"});
  AddressBook book;
  book.set("origin.example", {kFirst, kSecond});
  balancer_.use(book);
  TriedTargets tried;
  EXPECT_EQ(balancer_.choose(u, tried)->endpoint.address, kFirst);
  EXPECT_EQ(balancer_.choose(u, tried)->endpoint.address, kSecond);
  EXPECT_EQ(balancer_.choose(u, tried)->endpoint.address, kFirst);
}

TEST_F(BalancerTest, AddressWithoutARoute_IsPassedOverAndCounted) {
  service("origin.example", Port{80});
  const Upstream& u = compile();
  AddressBook book;
  book.set("origin.example", {kFirst, kSecond});
  balancer_.use(book);
  routes_.cut_off = {kSecond};
  for (int i = 0; i < 4; ++i) {
    TriedTargets tried;
    EXPECT_EQ(balancer_.choose(u, tried)->endpoint.address, kFirst);
  }
  EXPECT_EQ(worker_.counted(Counter::kTcpNoRoute), 3u);
}

TEST_F(BalancerTest, TargetWithoutARoute_LeavesItsTurnToTheOthers) {
  upstream_with({{{"198.18.1.1", Port{1}}, 100}, {{"198.18.1.2", Port{2}}, 100}, {{"198.18.1.1", Port{3}}, 100}});
  const Upstream& u = compile();
  routes_.cut_off = {kSecond};
  Ports ports = spread(u, 9);
  EXPECT_EQ(ports[1] + ports[3], 9);
  EXPECT_GE(ports[1], 3);
  EXPECT_GE(ports[3], 3);
  TriedTargets all;
  for (size_t i = 0; i < 3; ++i) all.add(i);
  EXPECT_NE(balancer_.choose(u, all)->endpoint.port, Port{2}) << "a further try goes there neither";
}

TEST_F(BalancerTest, NoRouteToAnyTarget_IsToldApart) {
  upstream_with({{{"198.18.1.1", Port{1}}, 100}, {{"198.18.1.2", Port{2}}, 100}});
  const Upstream& u = compile();
  routes_.cut_off = {kFirst, kSecond};
  TriedTargets tried;
  EXPECT_EQ(balancer_.choose(u, tried).error(), Balancer::Failure::kNoRoute);
}

TEST_F(BalancerTest, NameOfAServiceThatDoesNotResolve_IsToldApart) {
  service("origin.example", Port{80});
  TriedTargets tried;
  EXPECT_EQ(balancer_.choose(compile(), tried).error(), Balancer::Failure::kNoNameResolution);
}

TEST_F(BalancerTest, NameOfATargetThatDoesNotResolve_IsPassedOver) {
  upstream_with({{{"gone.example", Port{1}}, 100}, {{"198.18.1.1", Port{2}}, 100}});
  EXPECT_EQ(spread(compile(), 4), (Ports{{2, 4}}));
}

TEST_F(BalancerTest, Reload_KeepsPositionAndHealth) {
  auto& upstream =
      upstream_with({{{"198.18.1.1", Port{1}}, 100}, {{"198.18.1.1", Port{2}}, 100}, {{"198.18.1.1", Port{3}}, 100}});
  upstream.healthchecks.passive.unhealthy.tcp_failures = 1;
  const Upstream& before = compile();
  balancer_.report(before, before.targets[2], Outcome::kTcpFailure);
  EXPECT_EQ(spread(before, 1), (Ports{{1, 1}}));
  const auto keep = std::move(set_);
  const Upstream& after = compile();
  EXPECT_EQ(spread(after, 1), (Ports{{2, 1}}));
  EXPECT_EQ(spread(after, 4), (Ports{{1, 2}, {2, 2}}));
}

// What a client sees of an algorithm: the port of the target that each attempt goes to, while earlier ones last.
class AlgorithmTest : public BalancerTest {
 protected:
  const Upstream& upstream_of(policy::Algorithm algorithm, std::vector<uint16_t> weights) {
    std::vector<std::pair<policy::HostPort, uint16_t>> targets;
    for (const uint16_t weight : weights) {
      targets.push_back({{"198.18.1.1", Port{static_cast<uint16_t>(targets.size() + 1)}}, weight});
    }
    upstream_with(targets).algorithm = algorithm;
    return compile();
  }
  uint16_t begin(const Upstream& u, uint32_t key_hash = 0) {
    TriedTargets tried;
    return balancer_.choose(u, tried, key_hash)->endpoint.port.value;
  }
  void end(const Upstream& u, uint16_t port) { balancer_.end_attempt(u.targets[port - 1u].slot, false); }
  void answer(const Upstream& u, uint16_t port, Duration latency) {
    balancer_.report_response(u, u.targets[port - 1u], 200, latency);
    balancer_.end_attempt(u.targets[port - 1u].slot, true);
  }
  void fail(const Upstream& u, uint16_t port, Duration allowed) {
    balancer_.report_failure(u, u.targets[port - 1u], Outcome::kTcpFailure, allowed);
    balancer_.end_attempt(u.targets[port - 1u].slot, true);
  }
};

TEST_F(AlgorithmTest, LeastConnections_GoesWhereLeastIsInProgress) {
  const Upstream& u = upstream_of(policy::Algorithm::kLeastConnections, {100, 100});
  EXPECT_EQ(begin(u), 1);
  EXPECT_EQ(begin(u), 2);
  end(u, 2);
  EXPECT_EQ(begin(u), 2);
  end(u, 1);
  EXPECT_EQ(begin(u), 1);
}

TEST_F(AlgorithmTest, LeastConnections_EqualsTakeTurns) {
  const Upstream& u = upstream_of(policy::Algorithm::kLeastConnections, {100, 100});
  for (const uint16_t port : {1, 2, 1, 2}) {
    EXPECT_EQ(begin(u), port);
    end(u, port);
  }
}

TEST_F(AlgorithmTest, LeastConnections_HeavierTargetTakesMore) {
  const Upstream& u = upstream_of(policy::Algorithm::kLeastConnections, {100, 300});
  Ports ports;
  for (int i = 0; i < 40; ++i) ++ports[begin(u)];
  EXPECT_EQ(ports, (Ports{{1, 10}, {2, 30}}));
}

TEST_F(AlgorithmTest, Latency_QuickerOfTwoIsPreferred) {
  const Upstream& u = upstream_of(policy::Algorithm::kLatency, {100, 100});
  for (const uint16_t port : {1, 2}) {
    begin(u);
    answer(u, port, Duration::milliseconds(port == 1 ? 50 : 5));
  }
  for (int i = 0; i < 10; ++i) EXPECT_EQ(begin(u), 2);
}

TEST_F(AlgorithmTest, Latency_TargetNotYetMeasuredIsTriedOnce) {
  const Upstream& u = upstream_of(policy::Algorithm::kLatency, {100, 100});
  begin(u);
  answer(u, 1, Duration::milliseconds(1));
  end(u, 2);
  EXPECT_EQ(begin(u), 2);
  answer(u, 2, Duration::milliseconds(20));
  EXPECT_EQ(begin(u), 1);
}

TEST_F(AlgorithmTest, Latency_SlowTargetGetsAnotherChanceWhenItsMeasurementHasFaded) {
  const Upstream& u = upstream_of(policy::Algorithm::kLatency, {100, 100});
  answer(u, 1, Duration::milliseconds(100));
  worker_.advance(Duration::seconds(60));
  answer(u, 2, Duration::milliseconds(1));
  EXPECT_EQ(begin(u), 1);
}

// What it refuses at once it does not do quickly.
TEST_F(AlgorithmTest, Latency_TargetThatRefusesIsTriedAtMostOnceWhileAMeasurementFades) {
  for (const bool answered_before : {false, true}) {
    const Upstream& u = upstream_of(policy::Algorithm::kLatency, {100, 100});
    if (answered_before) answer(u, 2, Duration::milliseconds(5));
    answer(u, 1, Duration::milliseconds(5));
    int tried = 0;
    for (int i = 0; i < 6000; ++i) {
      worker_.advance(Duration::milliseconds(10));
      const uint16_t port = begin(u);
      if (port == 1) {
        answer(u, 1, Duration::milliseconds(5));
      } else {
        fail(u, 2, Duration::seconds(60));
        ++tried;
      }
    }
    EXPECT_GE(tried, 1);
    EXPECT_LE(tried, 6) << "in a minute, of which ten seconds are what a measurement takes to fade";
    set_.reset();
  }
}

TEST_F(AlgorithmTest, Latency_SilentTargetIsNotPreferredWhileItsMeasurementFades) {
  const Upstream& u = upstream_of(policy::Algorithm::kLatency, {100, 100});
  for (const uint16_t port : {1, 2}) answer(u, port, Duration::milliseconds(5));
  int waiting = 0;
  for (int i = 0; i < 1000; ++i) {
    worker_.advance(Duration::milliseconds(10));
    if (begin(u) == 1) {
      answer(u, 1, Duration::milliseconds(5));
    } else {
      ++waiting;  // and nothing ever comes of it
    }
  }
  EXPECT_EQ(waiting, 1);
}

// Their heads have come: what they still bring is no silence.
TEST_F(AlgorithmTest, Latency_LongAnswersAreNotHeldAgainstTheirTarget) {
  const Upstream& u = upstream_of(policy::Algorithm::kLatency, {100, 100});
  for (const uint16_t port : {1, 2}) answer(u, port, Duration::milliseconds(port == 1 ? 5 : 50));
  ASSERT_EQ(begin(u), 1);
  balancer_.report_response(u, u.targets[0], 200, Duration::milliseconds(5));
  worker_.advance(Duration::seconds(5));
  EXPECT_EQ(begin(u), 1);
}

TEST_F(AlgorithmTest, Latency_WeightDividesTheTime) {
  const Upstream& u = upstream_of(policy::Algorithm::kLatency, {100, 300});
  answer(u, 1, Duration::milliseconds(10));
  answer(u, 2, Duration::milliseconds(20));
  EXPECT_EQ(begin(u), 2);
}

TEST_F(AlgorithmTest, ConsistentHashing_KeyStaysWithItsTarget) {
  const Upstream& u = upstream_of(policy::Algorithm::kConsistentHashing, {100, 100, 100});
  Ports ports;
  for (int i = 0; i < 300; ++i) {
    const uint32_t hash = HashRing::hash(std::to_string(i));
    const uint16_t port = begin(u, hash);
    EXPECT_EQ(begin(u, hash), port);
    ++ports[port];
  }
  EXPECT_EQ(ports.size(), 3u);
}

TEST_F(AlgorithmTest, ConsistentHashing_RetryGoesToAnotherTarget) {
  const Upstream& u = upstream_of(policy::Algorithm::kConsistentHashing, {100, 100});
  TriedTargets tried;
  const Port first = balancer_.choose(u, tried, 77)->endpoint.port;
  EXPECT_NE(balancer_.choose(u, tried, 77)->endpoint.port, first);
}

TEST_F(AlgorithmTest, ConsistentHashing_AllTargetsOutIsNoPeer) {
  upstream_with({{{"gone.example", Port{1}}, 100}, {{"lost.example", Port{2}}, 100}}).algorithm =
      policy::Algorithm::kConsistentHashing;
  TriedTargets tried;
  EXPECT_EQ(balancer_.choose(compile(), tried).error(), Balancer::Failure::kNoPeer);
}

TEST_F(AlgorithmTest, EveryAlgorithm_PassesOverATargetThatIsOut) {
  for (const auto algorithm : {policy::Algorithm::kConsistentHashing, policy::Algorithm::kLeastConnections,
                               policy::Algorithm::kRoundRobin, policy::Algorithm::kLatency}) {
    upstream_with({{{"198.18.1.1", Port{1}}, 100}, {{"198.18.1.1", Port{2}}, 100}, {{"gone.example", Port{3}}, 100}})
        .algorithm = algorithm;
    policy_.upstreams[0].healthchecks.passive.unhealthy.tcp_failures = 1;
    const Upstream& u = compile();
    balancer_.report(u, u.targets[0], Outcome::kTcpFailure);
    for (uint32_t i = 0; i < 10; ++i) EXPECT_EQ(begin(u, HashRing::hash(std::to_string(i))), 2);
  }
}

TEST_F(BalancerTest, AttemptOfAnEarlierUseOfTheSlot_IsNotCountedAgainstTheNext) {
  upstream_with({{{"198.18.1.1", Port{1}}, 100}, {{"198.18.1.1", Port{2}}, 100}}).algorithm =
      policy::Algorithm::kLeastConnections;
  const Upstream& u = compile();
  TriedTargets tried;
  const TargetSlot old = balancer_.choose(u, tried)->target->slot;
  set_.reset();
  upstream_with({{{"198.18.1.2", Port{1}}, 100}, {{"198.18.1.2", Port{2}}, 100}}).algorithm =
      policy::Algorithm::kLeastConnections;
  const Upstream& next = compile();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(balancer_.choose(next, tried = {}));
  balancer_.end_attempt(old, false);
  EXPECT_EQ(spread(next, 2), (Ports{{1, 1}, {2, 1}}));
}

TEST_F(BalancerTest, ChecksTurnedOffByAReload_ForgetThatATargetWasOut) {
  auto& upstream = upstream_with({{{"198.18.1.1", Port{1}}, 100}});
  upstream.healthchecks.passive.unhealthy.tcp_failures = 1;
  const Upstream& before = compile();
  balancer_.report(before, before.targets[0], Outcome::kTcpFailure);
  const auto keep = std::move(set_);
  upstream.healthchecks.passive.unhealthy.tcp_failures = 0;
  EXPECT_EQ(spread(compile(), 1), (Ports{{1, 1}}));
}

TEST_F(BalancerTest, ServicesWithoutAnUpstream_TakeNoSlot) {
  HealthTable small(1);
  for (uint16_t port = 1; port <= 3; ++port) {
    policy_.services.emplace_back().host = "198.18.1.1";
    policy_.services.back().port = Port{port};
  }
  const auto set = UpstreamSet::compile(policy_, small);
  ASSERT_TRUE(set);
  Balancer balancer(worker_.context, small, book_, routes_);
  for (const policy::Service& service : policy_.services) {
    TriedTargets tried;
    const auto choice = balancer.choose(set.value()->of(service), tried);
    ASSERT_TRUE(choice);
    EXPECT_EQ(choice->endpoint.port.value, service.port.value);
    balancer.end_attempt(choice->target->slot, false);
  }
  EXPECT_TRUE(small.try_acquire({}, "x:1"));
}

TEST_F(BalancerTest, MoreTargetsThanTheMachineHolds_IsAnErrorAndGivesSlotsBack) {
  HealthTable small(1);
  upstream_with({{{"198.18.1.1", Port{1}}, 100}, {{"198.18.1.1", Port{2}}, 100}});
  EXPECT_FALSE(UpstreamSet::compile(policy_, small));
  EXPECT_TRUE(small.try_acquire({}, "x:1"));
}

}  // namespace
}  // namespace sluice::upstream
