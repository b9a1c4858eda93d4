// Every scenario, under several seeds: all bytes arrive once and in order, both sides end, nothing leaks.
//
// SLUICE_SIM_SEED=n runs with that seed alone; a failure prints the command that repeats it. What each path costs under
// the first seed stands in snapshot.txt, so that a change of congestion control or recovery shows in its review:
//   SLUICE_SIM_SNAPSHOT=write build/tests/sim/sim_test --gtest_filter='Snapshot.*'
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "sim/hosts.h"
#include "sim/scenarios.h"

namespace sluice::sim {
namespace {

std::vector<uint64_t> seeds() {
  if (const char* one = std::getenv("SLUICE_SIM_SEED")) return {std::strtoull(one, nullptr, 10)};
  return {1, 2, 3};
}

template <typename S>
void run_all_seeds(const S& scenario) {
  for (const uint64_t seed : seeds()) {
    const Outcome outcome = run(scenario, seed);
    EXPECT_TRUE(outcome.finished) << outcome.problem << " after " << outcome.took.ms() << " ms, "
                                  << outcome.retransmitted << " retransmissions\nreplay: SLUICE_SIM_SEED=" << seed
                                  << " build/tests/sim/sim_test --gtest_filter='*/" << scenario.name << "'";
  }
}

class Simulated : public testing::TestWithParam<Scenario> {};

TEST_P(Simulated, EveryByteArrives) {
  run_all_seeds(GetParam());
}

class SimulatedHosts : public testing::TestWithParam<HostScenario> {};

TEST_P(SimulatedHosts, EveryByteArrives) {
  run_all_seeds(GetParam());
}

template <typename S>
std::string name_of(const testing::TestParamInfo<S>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Paths, Simulated, testing::ValuesIn(path_scenarios()), name_of<Scenario>);
INSTANTIATE_TEST_SUITE_P(Users, Simulated, testing::ValuesIn(user_scenarios()), name_of<Scenario>);
INSTANTIATE_TEST_SUITE_P(Hosts, SimulatedHosts, testing::ValuesIn(host_scenarios()), name_of<HostScenario>);

std::string figures(const Scenario& scenario) {
  const Outcome outcome = run(scenario, 1);
  const uint64_t bytes = scenario.client.bytes + scenario.server.bytes;
  const auto us = static_cast<uint64_t>(outcome.took.us());
  char line[160];
  std::snprintf(line, sizeof line, "%-36s %8lu %8lu %6lu %5lu\n", scenario.name.c_str(), us / 1000,
                bytes * 1000 / std::max<uint64_t>(us, 1), outcome.retransmitted, outcome.timeouts);
  return line;
}

TEST(Snapshot, AgreesWithWhatWasReviewed) {
  std::string now = "# path                                     ms  bytes/ms  again  RTOs, by the first seed\n";
  for (const Scenario& scenario : path_scenarios()) now += figures(scenario);
  const char* path = SLUICE_SIM_SNAPSHOT_FILE;
  if (std::getenv("SLUICE_SIM_SNAPSHOT") != nullptr) std::ofstream(path) << now;
  std::ifstream file(path);
  const std::string reviewed{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(now, reviewed) << "review the difference and write the file anew, see the top of this test";
}

// The same seed gives the same run, to the nanosecond: what makes a replay worth anything.
TEST(Simulation, SameSeed_SameRun) {
  const Scenario scenario = path_scenarios()[14];
  const Outcome first = run(scenario, 7);
  const Outcome second = run(scenario, 7);
  EXPECT_EQ(first.took, second.took);
  EXPECT_EQ(first.retransmitted, second.retransmitted);
}

}  // namespace
}  // namespace sluice::sim
