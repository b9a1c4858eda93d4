#include <gtest/gtest.h>

#include "upstream/health.h"

namespace sluice::upstream {
namespace {

const policy::Uuid kUpstream(std::array<uint8_t, 16>{1});
constexpr HealthThresholds kTwoFailures{.successes = 0, .http_failures = 2, .tcp_failures = 1, .timeouts = 3};

TEST(Health, Failures_ReachingTheThresholdTakeATargetOut) {
  HealthTable table(8);
  const TargetSlot slot = *table.try_acquire(kUpstream, "a:80");
  EXPECT_FALSE(table.report(slot, Outcome::kHttpFailure, kTwoFailures));
  EXPECT_TRUE(table.healthy(slot));
  EXPECT_TRUE(table.report(slot, Outcome::kHttpFailure, kTwoFailures));
  EXPECT_FALSE(table.healthy(slot));
}

TEST(Health, EachKindOfFailure_HasItsOwnCount) {
  HealthTable table(8);
  const TargetSlot slot = *table.try_acquire(kUpstream, "a:80");
  table.report(slot, Outcome::kHttpFailure, kTwoFailures);
  table.report(slot, Outcome::kTimeout, kTwoFailures);
  table.report(slot, Outcome::kTimeout, kTwoFailures);
  EXPECT_TRUE(table.healthy(slot));
  EXPECT_TRUE(table.report(slot, Outcome::kTcpFailure, kTwoFailures));
}

TEST(Health, ThresholdOfZero_IsNotCounted) {
  HealthTable table(8);
  const TargetSlot slot = *table.try_acquire(kUpstream, "a:80");
  for (int i = 0; i < 1000; ++i) table.report(slot, Outcome::kHttpFailure, {});
  EXPECT_EQ(table.state(slot), HealthState());
}

// As in Kong: with successes off a success is not looked at, so failures add up over any time.
TEST(Health, SuccessThatIsNotCounted_DoesNotClearFailures) {
  HealthTable table(8);
  const TargetSlot slot = *table.try_acquire(kUpstream, "a:80");
  table.report(slot, Outcome::kHttpFailure, kTwoFailures);
  table.report(slot, Outcome::kSuccess, kTwoFailures);
  EXPECT_TRUE(table.report(slot, Outcome::kHttpFailure, kTwoFailures));
}

TEST(Health, SuccessThatIsCounted_ClearsFailures) {
  constexpr HealthThresholds thresholds{.successes = 2, .http_failures = 2};
  HealthTable table(8);
  const TargetSlot slot = *table.try_acquire(kUpstream, "a:80");
  table.report(slot, Outcome::kHttpFailure, thresholds);
  table.report(slot, Outcome::kSuccess, thresholds);
  EXPECT_EQ(table.state(slot), HealthState());
}

TEST(Health, Successes_BringATargetBack) {
  constexpr HealthThresholds thresholds{.successes = 2, .http_failures = 1};
  HealthTable table(8);
  const TargetSlot slot = *table.try_acquire(kUpstream, "a:80");
  table.report(slot, Outcome::kHttpFailure, thresholds);
  EXPECT_FALSE(table.report(slot, Outcome::kSuccess, thresholds));
  EXPECT_TRUE(table.report(slot, Outcome::kSuccess, thresholds));
  EXPECT_TRUE(table.healthy(slot));
}

TEST(Health, ThresholdOf255_IsReached) {
  constexpr HealthThresholds thresholds{.http_failures = 255};
  HealthTable table(8);
  const TargetSlot slot = *table.try_acquire(kUpstream, "a:80");
  for (int i = 0; i < 254; ++i) EXPECT_FALSE(table.report(slot, Outcome::kHttpFailure, thresholds));
  EXPECT_TRUE(table.report(slot, Outcome::kHttpFailure, thresholds));
}

TEST(HealthTable, SameTarget_SharesItsSlotWhileAnyoneHoldsIt) {
  HealthTable table(8);
  const TargetSlot first = *table.try_acquire(kUpstream, "a:80");
  const TargetSlot second = *table.try_acquire(kUpstream, "a:80");
  EXPECT_EQ(first.index, second.index);
  EXPECT_EQ(first.generation, second.generation);
  table.report(first, Outcome::kTcpFailure, kTwoFailures);
  table.release(first);
  EXPECT_FALSE(table.healthy(second));
}

TEST(HealthTable, SlotUsedAgain_StartsHealthyWithANewGeneration) {
  HealthTable table(8);
  const TargetSlot first = *table.try_acquire(kUpstream, "a:80");
  table.report(first, Outcome::kTcpFailure, kTwoFailures);
  table.release(first);
  const TargetSlot second = *table.try_acquire(kUpstream, "b:80");
  EXPECT_EQ(second.index, first.index);
  EXPECT_NE(second.generation, first.generation);
  EXPECT_TRUE(table.healthy(second));
}

TEST(HealthTable, Full_Refuses) {
  HealthTable table(2);
  EXPECT_TRUE(table.try_acquire(kUpstream, "a:80"));
  EXPECT_TRUE(table.try_acquire(kUpstream, "b:80"));
  EXPECT_FALSE(table.try_acquire(kUpstream, "c:80"));
  EXPECT_TRUE(table.try_acquire(kUpstream, "b:80"));
}

}  // namespace
}  // namespace sluice::upstream
