#include "gateway/rate_budgets.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace sluice::gateway {
namespace {

using policy::LimitBy;
using policy::Window;
using Outcome = RateBudgets::Outcome;

constexpr SipKey kKey{1, 2};
constexpr uint32_t kNow = 1'700'000'000;

RateBudgets::Limit minute(uint32_t most, uint32_t start_s = kNow) {
  return {Window::kMinute, start_s, most};
}

RateBudgets::Limit hour(uint32_t most, uint32_t start_s = kNow) {
  return {Window::kHour, start_s, most};
}

class RateBudgetsTest : public ::testing::Test {
 protected:
  RateBudgets::Identity identity(std::string_view who, uint8_t plugin = 1, LimitBy kind = LimitBy::kIp) {
    return RateBudgets::identify(budgets_.identity_key({policy::Uuid({plugin})}, kind), who);
  }
  RateBudgets::Taken take(std::string_view who, std::vector<RateBudgets::Limit> limits) {
    return budgets_.take(identity(who), limits);
  }

  RateBudgets budgets_{kKey, 4096};
};

TEST_F(RateBudgetsTest, OneIdentity_GetsTheLimitAndNoMore) {
  EXPECT_EQ(take("a", {minute(2)}).left[0], 1u);
  EXPECT_EQ(take("a", {minute(2)}).left[0], 0u);
  const auto refused = take("a", {minute(2)});
  EXPECT_EQ(refused.outcome, Outcome::kExhausted);
  EXPECT_EQ(refused.left[0], 0u);
}

TEST_F(RateBudgetsTest, Identities_HaveBudgetsOfTheirOwn) {
  const std::vector<RateBudgets::Limit> once = {minute(1)};
  EXPECT_EQ(budgets_.take(identity("a"), once).outcome, Outcome::kTaken);
  EXPECT_EQ(budgets_.take(identity("b"), once).outcome, Outcome::kTaken);
  EXPECT_EQ(budgets_.take(identity("a", 2), once).outcome, Outcome::kTaken) << "another plugin";
  EXPECT_EQ(budgets_.take(identity("a", 1, LimitBy::kPath), once).outcome, Outcome::kTaken) << "another kind";
  EXPECT_EQ(budgets_.take(identity("a"), once).outcome, Outcome::kExhausted);
}

TEST_F(RateBudgetsTest, KindsOfWindow_AreCountedApart) {
  EXPECT_EQ(take("a", {minute(1)}).outcome, Outcome::kTaken);
  EXPECT_EQ(take("a", {hour(1)}).outcome, Outcome::kTaken);
  EXPECT_EQ(take("a", {hour(1)}).outcome, Outcome::kExhausted);
}

TEST_F(RateBudgetsTest, NextWindow_BeginsWithAFullBudget) {
  EXPECT_EQ(take("a", {minute(1)}).outcome, Outcome::kTaken);
  EXPECT_EQ(take("a", {minute(1)}).outcome, Outcome::kExhausted);
  EXPECT_EQ(take("a", {minute(1, kNow + 60)}).outcome, Outcome::kTaken);
}

TEST_F(RateBudgetsTest, ClockThatStepsBack_NeverOpensAWindowAgain) {
  EXPECT_EQ(take("a", {minute(2)}).outcome, Outcome::kTaken);
  EXPECT_EQ(take("a", {minute(2, kNow + 60)}).outcome, Outcome::kTaken);
  const auto back = take("a", {minute(2)});
  EXPECT_EQ(back.outcome, Outcome::kTaken) << "the second token of the later window";
  EXPECT_TRUE(back.clock_behind);
  EXPECT_EQ(take("a", {minute(2)}).outcome, Outcome::kExhausted);
  EXPECT_EQ(take("a", {minute(2, kNow + 60)}).outcome, Outcome::kExhausted);
}

TEST_F(RateBudgetsTest, RefusedByOneLimit_TakesNoTokenOfTheOthers) {
  EXPECT_EQ(take("a", {minute(5), hour(1)}).outcome, Outcome::kTaken);
  for (int i = 0; i < 3; ++i) {
    const auto refused = take("a", {minute(5), hour(1)});
    EXPECT_EQ(refused.outcome, Outcome::kExhausted);
    EXPECT_EQ(refused.left[0], 4u);
    EXPECT_EQ(refused.left[1], 0u);
  }
  EXPECT_EQ(take("a", {minute(5)}).left[0], 3u);
}

TEST_F(RateBudgetsTest, RefusedByTheFirstLimit_LeavesTheSecondWhole) {
  EXPECT_EQ(take("a", {minute(1)}).outcome, Outcome::kTaken);
  const auto refused = take("a", {minute(1), hour(9)});
  EXPECT_EQ(refused.outcome, Outcome::kExhausted);
  EXPECT_EQ(refused.left[1], 9u);
}

TEST_F(RateBudgetsTest, RaisedLimit_KeepsWhatWasCounted) {
  EXPECT_EQ(take("a", {minute(1)}).outcome, Outcome::kTaken);
  EXPECT_EQ(take("a", {minute(3)}).left[0], 1u);
}

// The identities of one scope, one after the other, until the table has no slot for the next: the stranger.
struct Crowd {
  explicit Crowd(RateBudgets& budgets, const RateBudgets::Limit& limit, int first = 0) {
    const SipKey key = budgets.identity_key({policy::Uuid({1})}, LimitBy::kIp);
    for (int i = first;; ++i) {
      stranger = RateBudgets::identify(key, std::to_string(i));
      const RateBudgets::Taken taken = budgets.take(stranger, {&limit, 1});
      if (taken.in_common || taken.outcome != Outcome::kTaken) break;
      known.push_back(stranger);
    }
  }
  std::vector<RateBudgets::Identity> known;
  RateBudgets::Identity stranger;
};

TEST_F(RateBudgetsTest, NoSlotLeft_NewIdentitiesShareOneBudget) {
  const RateBudgets::Limit limit = minute(9);
  const Crowd crowd(budgets_, limit);
  EXPECT_GT(crowd.known.size(), 16u);
  for (const auto& each : crowd.known) EXPECT_EQ(budgets_.take(each, {&limit, 1}).left[0], 7u);
  const auto again = budgets_.take(crowd.stranger, {&limit, 1});
  EXPECT_TRUE(again.in_common);
  EXPECT_EQ(again.left[0], 7u);
  EXPECT_EQ(budgets_.left(crowd.stranger, limit), 7);
  const Crowd more(budgets_, limit, 10'000);
  EXPECT_EQ(budgets_.left(more.stranger, limit), 6) << "another stranger, the same budget";
}

// One plugin's identities are a client's to choose, a million of them if need be.
TEST_F(RateBudgetsTest, NoSlotLeftForOneScope_LeavesTheOthersTheirs) {
  const RateBudgets::Limit limit = minute(1);
  const SipKey key = budgets_.identity_key({policy::Uuid({1})}, LimitBy::kHeader);
  for (int i = 0; i < 20'000; ++i) budgets_.take(RateBudgets::identify(key, std::to_string(i)), {&limit, 1});
  for (uint8_t plugin = 2; plugin < 102; ++plugin) {
    const auto taken = budgets_.take(identity("a", plugin), {&limit, 1});
    EXPECT_EQ(taken.outcome, Outcome::kTaken);
    EXPECT_FALSE(taken.in_common);
  }
}

// Each has a counter of its own in the store: tokens of one are not for another.
TEST_F(RateBudgetsTest, NoSlotLeft_IdentitiesOfALeasedLimitAreRefused) {
  const RateBudgets::Limit limit = minute(9);
  const Crowd crowd(budgets_, limit);
  const RateBudgets::Limit leased{.window = Window::kMinute, .start_s = kNow, .most = 9, .leased = true};
  EXPECT_EQ(budgets_.take(crowd.stranger, {&leased, 1}).outcome, Outcome::kTableFull);
  EXPECT_FALSE(budgets_.place_of(crowd.stranger, leased));
  const std::vector<RateBudgets::Limit> both = {hour(3), leased};
  EXPECT_EQ(budgets_.take(crowd.stranger, both).outcome, Outcome::kTableFull);
  const RateBudgets::Limit other = hour(3);
  EXPECT_EQ(budgets_.take(crowd.stranger, {&other, 1}).left[0], 2u) << "nothing was taken of the other limit";
}

TEST_F(RateBudgetsTest, NoSlotLeft_HasRoomAgainInTheNextWindow) {
  for (uint32_t window = 0; window < 4; ++window) {
    const RateBudgets::Limit limit = minute(1, kNow + 60 * window);
    const Crowd crowd(budgets_, limit);
    EXPECT_GT(crowd.known.size(), 16u);
    for (const auto& each : crowd.known) EXPECT_EQ(budgets_.take(each, {&limit, 1}).outcome, Outcome::kExhausted);
    EXPECT_EQ(budgets_.take(crowd.stranger, {&limit, 1}).outcome, Outcome::kExhausted);
  }
}

// Runs `work(thread)` on four threads and returns what they returned, summed up.
template <typename Work>
uint64_t on_four_threads(Work work) {
  std::array<uint64_t, 4> results{};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < results.size(); ++t) {
    threads.emplace_back([&results, &work, t] { results[t] = work(t); });
  }
  for (std::thread& thread : threads) thread.join();
  return results[0] + results[1] + results[2] + results[3];
}

TEST_F(RateBudgetsTest, FourThreads_AreAdmittedExactlyTheLimit) {
  const std::vector<RateBudgets::Limit> limits = {minute(20'000)};
  const uint64_t admitted = on_four_threads([&](unsigned) {
    uint64_t taken = 0;
    for (int i = 0; i < 10'000; ++i) taken += budgets_.take(identity("a"), limits).outcome == Outcome::kTaken;
    return taken;
  });
  EXPECT_EQ(admitted, 20'000u);
}

TEST_F(RateBudgetsTest, FourThreadsWithTwoLimits_AreAdmittedExactlyTheSmaller) {
  const std::vector<RateBudgets::Limit> limits = {minute(15'000), hour(10'000)};
  const uint64_t admitted = on_four_threads([&](unsigned) {
    uint64_t taken = 0;
    for (int i = 0; i < 10'000; ++i) taken += budgets_.take(identity("a"), limits).outcome == Outcome::kTaken;
    return taken;
  });
  EXPECT_EQ(admitted, 10'000u);
  const std::vector<RateBudgets::Limit> rest = {minute(15'000)};
  EXPECT_EQ(budgets_.take(identity("a"), rest).left[0], 4'999u) << "what was taken in vain was given back";
}

// Threads whose clocks differ pass through many windows over a table so small that every slot changes hands.
TEST_F(RateBudgetsTest, FourThreadsOverManyWindows_NeverExceedALimit) {
  constexpr uint32_t kLimit = 5;
  constexpr uint32_t kWindows = 200;
  constexpr int kIdentities = 12;
  RateBudgets small(kKey, 1);
  const SipKey key = small.identity_key({}, LimitBy::kIp);
  std::array<RateBudgets::Identity, kIdentities> who;
  for (int i = 0; i < kIdentities; ++i) who[i] = RateBudgets::identify(key, std::to_string(i));

  const uint64_t admitted = on_four_threads([&](unsigned thread) {
    uint64_t taken = 0;
    for (uint32_t window = 0; window < kWindows; ++window) {
      const uint32_t own_clock = window + (thread + window) % 2;  // a window ahead, or not
      const std::vector<RateBudgets::Limit> limits = {minute(kLimit, kNow + 60 * own_clock)};
      for (int round = 0; round < 3; ++round) {
        for (const auto& each : who) taken += small.take(each, limits).outcome == Outcome::kTaken;
      }
    }
    return taken;
  });
  EXPECT_LE(admitted, uint64_t{kLimit} * (kWindows + 1) * kIdentities);
  EXPECT_GT(admitted, uint64_t{kLimit} * kWindows / 4 * kIdentities);
}

// Control puts tokens of a shared limit into the ledger, and takes some back, while workers take them one by one.
TEST_F(RateBudgetsTest, FourThreadsAndALedger_TakeWhatWasLeasedAndNotTakenBack) {
  constexpr uint32_t kLeases = 500;
  constexpr uint32_t kTokens = 20;
  const RateBudgets::Limit leased{.window = Window::kMinute, .start_s = kNow, .most = UINT32_MAX, .leased = true};
  const std::vector<RateBudgets::Limit> limits = {leased};
  const auto place = budgets_.place_of(identity("a"), leased);
  ASSERT_TRUE(place);
  std::atomic<bool> all_granted{false};
  std::atomic<uint64_t> taken_back{0};
  std::thread control([&] {
    for (uint32_t i = 1; i <= kLeases; ++i) {
      budgets_.grant(*place, kTokens, uint64_t{i} * kTokens);
      if (i % 7 == 0) taken_back += budgets_.withdraw(*place);
    }
    all_granted = true;
  });
  const uint64_t admitted = on_four_threads([&](unsigned) {
    uint64_t taken = 0;
    for (bool more = true; more;) {
      more = !all_granted;
      while (budgets_.take(identity("a"), limits).outcome == Outcome::kTaken) ++taken;
    }
    return taken;
  });
  control.join();
  EXPECT_EQ(admitted + taken_back, uint64_t{kLeases} * kTokens);
}

}  // namespace
}  // namespace sluice::gateway
