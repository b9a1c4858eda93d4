// Every scenario, under several seeds: all bytes arrive once and in order, both sides end, nothing leaks.
//
// SLUICE_SIM_SEED=n runs with that seed alone; a failure prints the command that repeats it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/scenarios.h"

namespace sluice::sim {
namespace {

std::vector<uint64_t> seeds() {
  if (const char* one = std::getenv("SLUICE_SIM_SEED")) return {std::strtoull(one, nullptr, 10)};
  return {1, 2, 3};
}

class Simulated : public testing::TestWithParam<Scenario> {};

TEST_P(Simulated, EveryByteArrives) {
  for (const uint64_t seed : seeds()) {
    const Outcome outcome = run(GetParam(), seed);
    EXPECT_TRUE(outcome.finished) << outcome.problem << " after " << outcome.took.ms() << " ms, "
                                  << outcome.retransmitted << " retransmissions\nreplay: SLUICE_SIM_SEED=" << seed
                                  << " tests/sim/sim_test --gtest_filter='*/" << GetParam().name << "'";
  }
}

std::string name_of(const testing::TestParamInfo<Scenario>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Paths, Simulated, testing::ValuesIn(path_scenarios()), name_of);
INSTANTIATE_TEST_SUITE_P(Users, Simulated, testing::ValuesIn(user_scenarios()), name_of);

// The same seed gives the same run, to the nanosecond: what makes a replay worth anything.
TEST(Simulation, SameSeed_SameRun) {
  const Scenario scenario = path_scenarios()[8];
  const Outcome first = run(scenario, 7);
  const Outcome second = run(scenario, 7);
  EXPECT_EQ(first.took, second.took);
  EXPECT_EQ(first.retransmitted, second.retransmitted);
}

}  // namespace
}  // namespace sluice::sim
