// What control leases of shared rate limits, for whom and how much: LeaseAccounts over the machine's real ledger, with
// a store in memory that answers as the script in Redis does.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dns_responder.h"
#include "gateway/rate_budgets.h"
#include "leases/lease_accounts.h"
#include "leases/lease_keeper.h"
#include "loop/event_loop.h"
#include "support/question_source.h"

namespace sluice::control {
namespace {

using gateway::RateBudgets;
using policy::Window;
using Outcome = RateBudgets::Outcome;

constexpr uint32_t kMinute = 1'700'000'040;

// Several machines may share one; answers wait until they are let go.
class MemoryStore final : public CounterStore {
 public:
  void lease(const std::vector<StoreCounter>& counters, Answer answer) override {
    asked.push_back(counters);
    waiting_.push_back([this, counters, answer] { answer(away ? std::vector<StoreAnswer>() : take(counters)); });
    if (!held) answer_all();
  }
  void give_back(const std::string& key, uint32_t tokens, Answer answer) override {
    counts[key] -= tokens;
    answer({{0, counts[key]}});
  }
  void answer_all() {
    while (!waiting_.empty()) {
      const auto next = waiting_.front();
      waiting_.pop_front();
      next();
    }
  }

  std::map<std::string, uint64_t> counts;
  std::vector<std::vector<StoreCounter>> asked;
  bool away = false;
  bool held = false;

 private:
  std::vector<StoreAnswer> take(const std::vector<StoreCounter>& counters) {
    bool dry = false;
    for (const StoreCounter& counter : counters) {
      counts[counter.key] += counter.owed;
      dry |= counter.needed > 0 && counts[counter.key] >= counter.most;
    }
    std::vector<StoreAnswer> answers;
    for (const StoreCounter& counter : counters) {
      uint64_t& count = counts[counter.key];
      const auto left = static_cast<uint32_t>(counter.most - std::min<uint64_t>(counter.most, count));
      const uint32_t leased = dry ? 0 : std::min(left, std::max(counter.needed, std::min(counter.wanted, left / 32)));
      count += leased;
      answers.push_back({leased, count});
    }
    return answers;
  }

  std::deque<std::function<void()>> waiting_;
};

// One machine: its budgets and its accounts at the store.
class Machine {
 public:
  explicit Machine(MemoryStore& store)
      : accounts(store, budgets,
                 [this](const WaitHandle&, Woken how) { ++(how == Woken::kServed ? served : in_vain); }) {
    terms->prefix = "ratelimit:r:s:";
    terms->keep = Duration::milliseconds(100);
    set_time(0);
  }

  void set_time(int64_t ms) {
    now_ms_ = ms;
    accounts.set_time(Instant{ms * 1'000'000 + 1}, wall_now());
  }
  WallTime wall_now() const { return WallTime{int64_t{kMinute} * 1'000'000'000 + now_ms_ * 1'000'000}; }

  RateBudgets::Limit minute(uint32_t most) const { return {Window::kMinute, kMinute, most, true, wall_now()}; }
  RateBudgets::Limit hour(uint32_t most) const { return {Window::kHour, kMinute, most, true, wall_now()}; }

  void ask(const std::vector<RateBudgets::Limit>& limits, bool waits = true) { ask_as("ann", limits, waits); }
  void ask_as(std::string_view who, const std::vector<RateBudgets::Limit>& limits, bool waits = true) {
    LeaseQuestion question;
    question.terms = terms;
    question.who.assign(who);
    for (const auto& limit : limits) {
      question.limits[question.limit_count++] = {*budgets.place_of(ann, limit), limit.most};
    }
    if (waits) question.waiting = WaitHandle();
    accounts.ask(question);
  }
  Outcome take(const std::vector<RateBudgets::Limit>& limits) { return budgets.take(ann, limits).outcome; }
  // As a request does: takes a token, and asks for one where there is none.
  Outcome request(const std::vector<RateBudgets::Limit>& limits) {
    const Outcome outcome = take(limits);
    if (outcome != Outcome::kUnleased) return outcome;
    ask(limits);
    return take(limits);
  }

  RateBudgets budgets{SipKey{1, 2}, 64};
  const RateBudgets::Identity ann = RateBudgets::identify({3, 4}, "ann");
  std::shared_ptr<LeaseTerms> terms = std::make_shared<LeaseTerms>();
  unsigned served = 0;
  unsigned in_vain = 0;
  LeaseAccounts accounts;

 private:
  int64_t now_ms_ = 0;
};

class LeasesTest : public ::testing::Test {
 protected:
  MemoryStore store;
  Machine machine{store};
  const std::string kKey = "ratelimit:r:s:ann:1700000040000:minute";
};

TEST_F(LeasesTest, WithoutALease_NothingIsTaken) {
  EXPECT_EQ(machine.take({machine.minute(5)}), Outcome::kUnleased);
}

TEST_F(LeasesTest, OneThatWaits_LeasesOneTokenUnderKongsKey) {
  machine.ask({machine.minute(5)});
  EXPECT_EQ(machine.served, 1u);
  EXPECT_EQ(store.counts, (std::map<std::string, uint64_t>{{kKey, 1}}));
  EXPECT_EQ(machine.take({machine.minute(5)}), Outcome::kTaken);
  EXPECT_EQ(machine.take({machine.minute(5)}), Outcome::kUnleased);
}

// Two plugins for two consumers, say, that both count by address on one route.
TEST_F(LeasesTest, PluginsOfOneKey_HoldLeasesOfTheirOwn) {
  const RateBudgets::Identity other = RateBudgets::identify({5, 6}, "ann");
  const auto limit = machine.minute(5);
  LeaseQuestion question;
  question.terms = std::make_shared<LeaseTerms>();
  question.terms->owner = "another";
  question.terms->prefix = machine.terms->prefix;
  question.terms->keep = machine.terms->keep;
  question.who.assign("ann");
  question.limits[question.limit_count++] = {*machine.budgets.place_of(other, limit), limit.most};
  question.waiting = WaitHandle();
  store.held = true;
  machine.ask({limit});
  machine.accounts.ask(question);
  store.answer_all();
  EXPECT_EQ(machine.served, 2u);
  EXPECT_EQ(store.counts[kKey], 2u);
  EXPECT_EQ(machine.take({limit}), Outcome::kTaken);
  EXPECT_EQ(machine.budgets.unused(question.limits[0].place), 1);
  for (const int64_t ms : {200, 400}) {
    machine.set_time(ms);
    machine.accounts.poll();
  }
  EXPECT_EQ(store.counts[kKey], 1u) << "the token that nobody took goes back";
}

TEST_F(LeasesTest, NameOfALimit_StandsBeforeTheWindow) {
  machine.terms->name = "video:";
  machine.ask({machine.minute(5)});
  EXPECT_EQ(store.counts.begin()->first, "ratelimit:r:s:ann:1700000040000:video:minute");
}

TEST_F(LeasesTest, WhoComesMeanwhile_IsServedTogetherByTheNextQuestion) {
  store.held = true;
  for (int i = 0; i < 4; ++i) machine.ask({machine.minute(50)});
  EXPECT_EQ(store.asked.size(), 1u);
  store.held = false;
  store.answer_all();
  EXPECT_EQ(store.asked.size(), 2u);
  EXPECT_EQ(store.asked[1][0].needed, 2u) << "the first one's token is not taken yet";
  EXPECT_EQ(machine.served, 4u);
}

TEST_F(LeasesTest, OneDemand_GetsExactlyTheLimit) {
  int taken = 0;
  for (int i = 0; i < 300; ++i) taken += machine.request({machine.minute(100)}) == Outcome::kTaken;
  EXPECT_EQ(taken, 100);
  EXPECT_EQ(store.counts[kKey], 100u);
}

TEST_F(LeasesTest, TwoMachines_TogetherGetExactlyTheLimit) {
  Machine other(store);
  int taken = 0;
  for (int i = 0; i < 400; ++i) taken += machine.request({machine.minute(300)}) == Outcome::kTaken;
  for (int i = 0; i < 100; ++i) taken += other.request({other.minute(300)}) == Outcome::kTaken;
  EXPECT_EQ(taken, 300);
}

TEST_F(LeasesTest, TwoMachinesInTurns_NeverPassTheLimitAndReachIt) {
  Machine other(store);
  int taken = 0;
  for (int ms = 0; ms < 3000; ms += 10) {
    for (Machine* each : {&machine, &other}) {
      each->set_time(ms);
      each->accounts.poll();
      taken += each->request({each->minute(200)}) == Outcome::kTaken;
      EXPECT_LE(taken, 200);
    }
  }
  EXPECT_EQ(taken, 200);
}

TEST_F(LeasesTest, NothingLeft_IsBelievedForAMoment) {
  EXPECT_EQ(machine.request({machine.minute(1)}), Outcome::kTaken);
  EXPECT_EQ(machine.request({machine.minute(1)}), Outcome::kExhausted);
  const size_t questions = store.asked.size();
  EXPECT_EQ(machine.take({machine.minute(1)}), Outcome::kExhausted);
  EXPECT_EQ(store.asked.size(), questions);
  machine.set_time(200);
  EXPECT_EQ(machine.take({machine.minute(1)}), Outcome::kUnleased) << "another machine may have given a token back";
}

TEST_F(LeasesTest, OneLimitWithoutTokens_LeasesNothingOfTheOthers) {
  EXPECT_EQ(machine.request({machine.minute(1), machine.hour(9)}), Outcome::kTaken);
  EXPECT_EQ(machine.request({machine.minute(1), machine.hour(9)}), Outcome::kExhausted);
  EXPECT_EQ(store.counts["ratelimit:r:s:ann:1700000040000:hour"], 1u);
}

TEST_F(LeasesTest, LongerLimitWithoutTokens_RefusesWhereTheShorterIsUnknown) {
  store.counts["ratelimit:r:s:ann:1700000040000:hour"] = 9;
  EXPECT_EQ(machine.request({machine.minute(5), machine.hour(9)}), Outcome::kExhausted);
}

TEST_F(LeasesTest, LimitOvershotByOthers_GivesNothing) {
  store.counts[kKey] = 1000;
  EXPECT_EQ(machine.request({machine.minute(5)}), Outcome::kExhausted);
}

TEST_F(LeasesTest, BusyIdentity_LeasesMoreAtATime) {
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(machine.request({machine.minute(100'000)}), Outcome::kTaken);
  EXPECT_LT(store.asked.size(), 20u);
}

TEST_F(LeasesTest, LittleLeft_IsLeasedOneAtATime) {
  for (int i = 0; i < 69; ++i) EXPECT_EQ(machine.request({machine.minute(100)}), Outcome::kTaken);
  for (int i = 0; i < 31; ++i) EXPECT_EQ(machine.request({machine.minute(100)}), Outcome::kTaken);
  EXPECT_EQ(store.asked.back()[0].needed, 1u);
  EXPECT_EQ(machine.budgets.unused(*machine.budgets.place_of(machine.ann, machine.minute(100))), 0);
}

TEST_F(LeasesTest, TokensThatLieUnused_GoBack) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(machine.request({machine.minute(100'000)}), Outcome::kTaken);
  EXPECT_GT(store.counts[kKey], 100u);
  for (const int ms : {0, 150}) {
    machine.set_time(ms);
    machine.accounts.poll();
  }
  EXPECT_EQ(store.counts[kKey], 100u);
  EXPECT_TRUE(machine.accounts.empty());
  EXPECT_EQ(machine.take({machine.minute(100'000)}), Outcome::kUnleased) << "what went back is not taken here";
}

// Nobody takes of them any more, here or elsewhere, and a client that names itself anew has one in every window.
TEST_F(LeasesTest, AccountOfAWindowThatIsOver_IsForgotten) {
  machine.terms->keep = Duration::seconds(3600);
  machine.ask({machine.minute(10)});
  machine.set_time(59'999);
  machine.accounts.poll();
  EXPECT_FALSE(machine.accounts.empty());
  machine.set_time(61'000);
  machine.accounts.poll();
  EXPECT_TRUE(machine.accounts.empty());
}

TEST_F(LeasesTest, AccountWithAWindowThatIsOpen_Stays) {
  machine.terms->keep = Duration::seconds(7200);
  machine.ask({machine.minute(10), machine.hour(10)});
  machine.set_time(61'000);
  machine.accounts.poll();
  EXPECT_FALSE(machine.accounts.empty());
  machine.set_time(3'601'000);
  machine.accounts.poll();
  EXPECT_TRUE(machine.accounts.empty());
}

TEST_F(LeasesTest, TooManyAccounts_AreTurnedAway) {
  for (size_t i = 0; i < LeaseAccounts::kMost; ++i) machine.ask_as(std::to_string(i), {machine.minute(100'000'000)});
  EXPECT_EQ(machine.in_vain, 0u);
  machine.ask_as("late", {machine.minute(100'000'000)});
  EXPECT_EQ(machine.in_vain, 1u);
  EXPECT_EQ(machine.accounts.totals().turned_away, 1u);
  EXPECT_FALSE(machine.terms->away) << "the store is there";
  machine.ask_as("0", {machine.minute(100'000'000)});
  EXPECT_EQ(machine.in_vain, 1u);
  machine.set_time(61'000);
  for (size_t i = 0; i < LeaseAccounts::kMost; i += LeaseAccounts::kLooks) machine.accounts.poll();
  EXPECT_TRUE(machine.accounts.empty()) << "all have had their turn";
}

TEST_F(LeasesTest, WhatIsLeft_IsToldOverAllMachines) {
  Machine other(store);
  for (int i = 0; i < 3; ++i) other.request({other.minute(10)});
  machine.request({machine.minute(10)});
  EXPECT_EQ(machine.budgets.left(machine.ann, machine.minute(10)), 6);
}

TEST_F(LeasesTest, LeaseNearlyUsedUp_IsTold) {
  machine.budgets.grant(*machine.budgets.place_of(machine.ann, machine.minute(100)), 8, 8);
  const std::vector<RateBudgets::Limit> limits = {machine.minute(100)};
  for (int i = 1; i <= 8; ++i) EXPECT_EQ(machine.budgets.take(machine.ann, limits).lease_low, i == 6) << i;
}

TEST_F(LeasesTest, StoreAway_WakesInVainAndSaysSo) {
  store.away = true;
  machine.ask({machine.minute(5)});
  EXPECT_EQ(machine.in_vain, 1u);
  EXPECT_TRUE(machine.terms->away);
  EXPECT_EQ(machine.accounts.totals().failed, 1u);
  machine.accounts.store_is_back();
  EXPECT_FALSE(machine.terms->away);
}

TEST_F(LeasesTest, StoreThatGoesAway_WakesThoseThatCameMeanwhileToo) {
  store.held = store.away = true;
  for (int i = 0; i < 3; ++i) machine.ask({machine.minute(5)});
  store.answer_all();
  EXPECT_EQ(machine.in_vain, 3u);
}

TEST_F(LeasesTest, UseBeyondALease_IsCountedInTheStore) {
  machine.ask({machine.minute(10)});
  std::array<RateBudgets::Use, 1> uses;
  uses[0].identity = machine.ann;
  uses[0].limit = machine.minute(10);
  uses[0].amount = 7;
  EXPECT_EQ(machine.budgets.use(uses), Outcome::kTaken);
  machine.ask({machine.minute(10)}, false);
  EXPECT_EQ(store.counts[kKey], 7u);
  EXPECT_EQ(machine.budgets.left(machine.ann, machine.minute(10)), 3);
}

TEST_F(LeasesTest, AnswerForAWindowThatHasPassed_IsForgotten) {
  store.held = true;
  machine.ask({machine.minute(5)});
  const RateBudgets::Limit next{Window::kMinute, kMinute + 60, 5, true, machine.wall_now()};
  EXPECT_EQ(machine.take({next}), Outcome::kUnleased) << "the slot changes hands";
  store.answer_all();
  EXPECT_EQ(machine.take({next}), Outcome::kUnleased);
}

TEST(LeaseKeeper, StoreWhoseHostIsNotAnsweredYet_IsWaitedFor) {
  EventLoop loop;
  test::DnsResponder dns(loop);
  ASSERT_TRUE(dns.good) << "no port 53: the tests run as root";
  RateBudgets budgets(SipKey{1, 2}, 64);
  sluice::test::ScriptedSource<LeaseQuestion> worker;
  LeaseKeeper keeper(loop, {dns.address}, Duration::seconds(60), budgets, {&worker});
  const RateBudgets::Limit limit{Window::kMinute, kMinute, 5, true, WallTime{int64_t{kMinute} * 1'000'000'000}};
  for (uint32_t slot : {1u, 2u}) {
    LeaseQuestion question;
    question.terms = std::make_shared<LeaseTerms>();
    question.terms->store.host = "redis" + std::to_string(slot) + ".example";
    question.terms->store.port = Port{1};  // nobody listens there
    question.who.assign("ann");
    const RateBudgets::Identity who = RateBudgets::identify({slot, 4}, "ann");
    question.limits[question.limit_count++] = {*budgets.place_of(who, limit), limit.most};
    question.waiting = WaitHandle{.slot = slot};
    worker.ask(std::move(question));
  }
  size_t woken = 1;
  loop.every(Duration::milliseconds(5), [&] {
    if (worker.wakings.size() >= woken) loop.stop();
  });
  dns.know("redis1.example", 0x7f000001);
  loop.run();
  EXPECT_EQ(worker.wakings, (std::vector<std::pair<uint32_t, Woken>>{{1, Woken::kInVain}}));
  EXPECT_EQ(keeper.status().at(1).state, RedisStore::State::kConnecting);
  EXPECT_EQ(keeper.status().at(1).last_error, "");
  dns.know("redis2.example", 0x7f000001);
  woken = 2;
  loop.run();
  EXPECT_NE(keeper.status().at(1).last_error, "its host has no address");
}

}  // namespace
}  // namespace sluice::control
