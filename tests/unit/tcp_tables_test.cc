// Demux and TimeWait, held against the standard containers.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "support/test_worker.h"
#include "tcp/demux.h"
#include "tcp/ports.h"
#include "tcp/rate_limit.h"
#include "tcp/time_wait.h"

namespace sluice::tcp {
namespace {

FourTuple tuple_of(uint32_t n) {
  return {{IpAddress::v4(1), Port{80}}, {IpAddress::v4(n), Port{static_cast<uint16_t>(n)}}};
}

// Hashes from a small range, so that chains are long and every erase moves something.
TEST(Demux, AgreesWithAStandardMap_UnderRandomUse) {
  const uint64_t seed = 42;
  SCOPED_TRACE(seed);
  Random random(seed);
  Demux demux(200, SipKey{});
  std::unordered_map<uint32_t, uint32_t> model;  // index to hash
  for (int step = 0; step < 50'000; ++step) {
    const auto index = static_cast<uint32_t>(random.below(300));
    const auto it = model.find(index);
    if (it != model.end()) {
      demux.erase(it->second, {EntryKind::kConnection, index});
      model.erase(it);
    } else if (model.size() < 200) {
      const auto hash = static_cast<uint32_t>(random.below(40)) * 0x01000193;
      ASSERT_TRUE(demux.try_insert(hash, {EntryKind::kConnection, index}));
      model[index] = hash;
    }
    const auto probe = static_cast<uint32_t>(random.below(300));
    const auto expected = model.find(probe);
    const uint32_t hash = expected == model.end() ? 7 : expected->second;
    const EntryRef found = demux.find(hash, [&](EntryRef ref) { return ref.index == probe; });
    ASSERT_EQ(found.kind != EntryKind::kNone, expected != model.end());
    ASSERT_EQ(demux.size(), model.size());
  }
}

TEST(Demux, Full_Refuses) {
  Demux demux(8, SipKey{});
  uint32_t held = 0;
  while (demux.try_insert(held * 77, {EntryKind::kConnection, held})) ++held;
  EXPECT_GE(held, 8u);
  EXPECT_LE(held, 16u);
}

TEST(Demux, Replace_KeepsTheTuple) {
  Demux demux(8, SipKey{});
  ASSERT_TRUE(demux.try_insert(5, {EntryKind::kHalfOpen, 1}));
  demux.replace(5, {EntryKind::kHalfOpen, 1}, {EntryKind::kConnection, 2});
  EXPECT_EQ(demux.find(5, [](EntryRef) { return true; }), (EntryRef{EntryKind::kConnection, 2}));
}

TEST(Demux, Hash_DependsOnTheSecret) {
  const Demux one(8, SipKey{1, 2});
  const Demux other(8, SipKey{3, 4});
  EXPECT_NE(one.hash(tuple_of(1)), other.hash(tuple_of(1)));
}

struct TimeWaitTable : testing::Test {
  void enter(uint32_t n) {
    const EntryRef connection{EntryKind::kConnection, n};
    ASSERT_TRUE(demux.try_insert(demux.hash(tuple_of(n)), connection));
    table.enter({.tuple = tuple_of(n)}, connection);
  }
  bool holds(uint32_t n) {
    const EntryRef ref =
        demux.find(demux.hash(tuple_of(n)), [&](EntryRef r) { return table.at(r.index).tuple == tuple_of(n); });
    return ref.kind == EntryKind::kTimeWait;
  }
  uint32_t index_of(uint32_t n) {
    return demux.find(demux.hash(tuple_of(n)), [&](EntryRef r) { return table.at(r.index).tuple == tuple_of(n); })
        .index;
  }

  test::TestWorker worker;
  Settings settings{.max_time_wait = 4};
  Demux demux{64, SipKey{1, 2}};
  TimeWait table{worker.context, demux, settings};
};

TEST_F(TimeWaitTable, Entries_LeaveInTheOrderTheyCame) {
  enter(1);
  worker.advance(Duration::seconds(10));
  enter(2);
  worker.advance(Duration::seconds(51));
  EXPECT_FALSE(holds(1));
  EXPECT_TRUE(holds(2));
  worker.advance(Duration::seconds(10));
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(demux.size(), 0u);
}

TEST_F(TimeWaitTable, RestartedEntry_OutlivesItsNeighbours) {
  enter(1);
  enter(2);
  worker.advance(Duration::seconds(40));
  table.restart(index_of(1));
  worker.advance(Duration::seconds(21));
  EXPECT_TRUE(holds(1));
  EXPECT_FALSE(holds(2));
  worker.advance(Duration::seconds(40));
  EXPECT_FALSE(holds(1));
}

TEST_F(TimeWaitTable, RemovedEntry_LeavesItsPlaceToOthers) {
  for (uint32_t n = 1; n <= 4; ++n) enter(n);
  table.remove(index_of(2));
  enter(5);
  EXPECT_TRUE(holds(1) && holds(3) && holds(4) && holds(5));
  EXPECT_EQ(worker.counted(Counter::kTcpTimeWaitRecycled), 0u);
  enter(6);
  EXPECT_FALSE(holds(1));
  EXPECT_EQ(worker.counted(Counter::kTcpTimeWaitRecycled), 1u);
}

TEST_F(TimeWaitTable, RestartedEntry_EndsAfterOneStay) {
  enter(1);
  worker.advance(Duration::seconds(1));
  table.restart(index_of(1));
  worker.advance(Duration::milliseconds(58'500));
  enter(2);
  worker.advance(Duration::milliseconds(1'502));
  EXPECT_FALSE(holds(1));
  EXPECT_TRUE(holds(2));
}

// Who repeats its FIN takes no place from others.
TEST_F(TimeWaitTable, RestartedEntry_IsTheLastToBeRecycled) {
  for (uint32_t n = 1; n <= 4; ++n) enter(n);
  for (int i = 0; i < 10; ++i) table.restart(index_of(1));
  EXPECT_EQ(table.size(), 4u);
  enter(5);
  enter(6);
  EXPECT_TRUE(holds(1) && holds(4) && holds(5) && holds(6));
}

// Against a list: whatever comes, goes and begins anew, each ends in its time and in its order.
TEST_F(TimeWaitTable, RandomUse_AgreesWithAList) {
  Random random(5);
  std::vector<std::pair<uint32_t, Instant>> model;  // who, until when; in the order of their ends
  const auto find = [&](uint32_t n) {
    return std::find_if(model.begin(), model.end(), [&](const auto& e) { return e.first == n; });
  };
  for (int step = 0; step < 5'000; ++step) {
    const auto n = static_cast<uint32_t>(1 + random.below(7));
    const auto it = find(n);
    const Instant end = worker.clock.now() + settings.time_wait;
    if (it == model.end()) {
      enter(n);
      if (model.size() == settings.max_time_wait) model.erase(model.begin());
      model.emplace_back(n, end);
    } else if (random.below(2) == 0) {
      table.remove(index_of(n));
      model.erase(it);
    } else {
      table.restart(index_of(n));
      model.erase(it);
      model.emplace_back(n, end);
    }
    worker.advance(Duration::milliseconds(static_cast<int64_t>(random.below(20'000))));
    while (!model.empty() && model.front().second <= worker.clock.now()) model.erase(model.begin());
    ASSERT_EQ(table.size(), model.size()) << "step " << step;
    for (uint32_t who = 1; who <= 7; ++who) ASSERT_EQ(holds(who), find(who) != model.end()) << "step " << step;
  }
}

TEST(SourcePorts, SameStart_MovesOnAtEveryChoice) {
  SourcePorts ports(SipKey{1, 2}, Settings{});
  const auto first = ports.choose(tuple_of(1), [](const FourTuple&) { return SourcePorts::Use::kFree; });
  const auto second = ports.choose(tuple_of(1), [](const FourTuple&) { return SourcePorts::Use::kFree; });
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
}

TEST(SourcePorts, FreePort_ComesBeforeOneThatRests) {
  SourcePorts ports(SipKey{1, 2}, Settings{});
  int asked = 0;
  const auto chosen = ports.choose(
      {}, [&](const FourTuple&) { return ++asked == 100 ? SourcePorts::Use::kFree : SourcePorts::Use::kResting; });
  EXPECT_TRUE(chosen);
  EXPECT_EQ(asked, 100);
}

TEST(SourcePorts, ManyPortsThatRest_AreNotAllLookedAt) {
  SourcePorts ports(SipKey{1, 2}, Settings{});
  int asked = 0;
  const auto use = [&](const FourTuple&) {
    ++asked;
    return SourcePorts::Use::kResting;
  };
  const auto first = ports.choose({}, use);
  EXPECT_LE(asked, 300);
  EXPECT_NE(first, ports.choose({}, use));
}

TEST(SourcePorts, NothingUsable_GivesNone) {
  SourcePorts ports(SipKey{1, 2}, Settings{});
  EXPECT_FALSE(ports.choose(tuple_of(1), [](const FourTuple&) { return SourcePorts::Use::kTaken; }).has_value());
}

// A slow origin that holds every port must not make each further connect walk through all of them.
TEST(SourcePorts, NothingUsable_IsFoundOutByAFewLooks) {
  for (const auto use : {SourcePorts::Use::kTaken, SourcePorts::Use::kElsewhere}) {
    SourcePorts ports(SipKey{1, 2}, Settings{});
    int asked = 0;
    const auto answer = [&](const FourTuple&) {
      ++asked;
      return use;
    };
    EXPECT_FALSE(ports.choose(tuple_of(1), answer).has_value());
    EXPECT_LE(asked, use == SourcePorts::Use::kTaken ? 1'024 : 8'192);
  }
}

// The looks go on where the last ended, and so find the one port that is free.
TEST(SourcePorts, OnlyFreePort_IsFoundInTime) {
  SourcePorts ports(SipKey{1, 2}, Settings{});
  const auto use = [](const FourTuple& t) {
    return t.local.port == Port{40'000} ? SourcePorts::Use::kFree : SourcePorts::Use::kTaken;
  };
  std::optional<Port> found;
  for (int connect = 0; connect < 28 && !found; ++connect) found = ports.choose(tuple_of(1), use);
  EXPECT_EQ(found, Port{40'000});
}

TEST(RateLimit, AllowsFromHalfOfItsNumberToAllOfItEachSecond) {
  Random random(1);
  RateLimit limit(100, random);
  std::set<int> seen;
  for (int second = 5; second < 25; ++second) {
    int allowed = 0;
    for (int i = 0; i < 1000; ++i) {
      allowed += limit.try_take(Instant{Duration::seconds(second).ns} + Duration::microseconds(999 * i));
    }
    EXPECT_GE(allowed, 50);
    EXPECT_LE(allowed, 100);
    seen.insert(allowed);
  }
  EXPECT_GT(seen.size(), 5u);
}

}  // namespace
}  // namespace sluice::tcp
