// What control gives to workers that never wait for it: policies and addresses are read by all of them, and freed when
// none of them does any more.
#include "publish/hand_over.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sluice::control {
namespace {

// A worker as its mailbox and its snapshots show it, turning as worker/worker.cc does: it looks into the mailbox, works
// with what it found, and tells that the turn has ended.
class Turner {
 public:
  static constexpr size_t kMostPins = 3;  // requests that outlive the policy they began with

  WorkerLink link() { return {&mailbox, &holder}; }

  void turn() {
    const auto [next, book] = mailbox.given();
    if (next != nullptr && next != holder.current()) {
      holder.adopt(*next);
      mailbox.adopted_generation.store(next->generation(), std::memory_order_release);
    }
    std::this_thread::yield();  // the turn takes a while
    if (holder.current() != nullptr) work(*book);
    mailbox.turn.store(mailbox.turn.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  // The requests in progress end.
  void leave() { pins_ = {}; }

  WorkerMailbox mailbox;
  exchange::SnapshotHolder holder;
  uint64_t strange = 0;  // things found that nobody gave

 private:
  void work(const AddressBook& book) {
    strange += book.find("origin").size() != 1;
    auto& oldest = pins_[turns_++ % kMostPins];
    if (oldest.generation != 0) strange += (*oldest.pin).generation() != oldest.generation;
    oldest.pin = holder.pin();
    oldest.generation = holder.current()->generation();
  }

  struct Pinned {
    exchange::SnapshotHolder::Pin pin;
    uint64_t generation = 0;
  };
  std::array<Pinned, kMostPins> pins_;
  size_t turns_ = 0;
};

using Generations = std::vector<uint64_t>;

std::unique_ptr<const exchange::Snapshot> policy(uint64_t generation) {
  return std::make_unique<const exchange::Snapshot>(generation, exchange::Snapshot::Parts{});
}

std::unique_ptr<const AddressBook> addresses() {
  auto book = std::make_unique<AddressBook>();
  book->set("origin", {IpAddress::parse("198.18.1.2").value()});
  return book;
}

TEST(HandOver, PolicyInForce_IsKeptUntilItsSuccessorIs) {
  Turner worker;
  HandOver hand_over({worker.link()});
  hand_over.give(addresses());
  hand_over.give(policy(1));
  EXPECT_FALSE(hand_over.is_adopted());
  worker.turn();
  EXPECT_TRUE(hand_over.is_adopted());

  hand_over.give(policy(2));
  for (size_t i = 0; i <= Turner::kMostPins; ++i) worker.turn();
  EXPECT_EQ(hand_over.reclaim(1), Generations()) << "no worker uses it, but control does";
  EXPECT_EQ(hand_over.alive(), 2u);
  EXPECT_EQ(hand_over.reclaim(2), Generations());
  EXPECT_EQ(hand_over.alive(), 1u);
  worker.leave();
}

TEST(HandOver, PinnedPolicy_IsKept) {
  Turner worker;
  HandOver hand_over({worker.link()});
  hand_over.give(addresses());
  hand_over.give(policy(1));
  worker.turn();
  hand_over.give(policy(2));
  worker.turn();
  EXPECT_EQ(hand_over.reclaim(2), Generations{1});
  EXPECT_EQ(hand_over.alive(), 2u);
  worker.leave();
  EXPECT_EQ(hand_over.reclaim(2), Generations());
}

// One slow upload may last through any number of reloads.
TEST(HandOver, PolicyThatIsPinnedForLong_KeepsNoneOfThoseAfterIt) {
  Turner worker;
  HandOver hand_over({worker.link()});
  hand_over.give(addresses());
  hand_over.give(policy(1));
  worker.turn();
  const exchange::SnapshotHolder::Pin upload = worker.holder.pin();
  for (uint64_t generation = 2; generation <= 20; ++generation) {
    hand_over.give(policy(generation));
    worker.turn();
    worker.leave();
    EXPECT_EQ(hand_over.reclaim(generation), Generations{1});
    EXPECT_EQ(hand_over.alive(), 2u);
  }
  EXPECT_EQ(upload->generation(), 1u);
}

TEST(HandOver, PolicyWhoseRecordsAreOwed_IsFreedAndToldUntilTheyAreWritten) {
  Turner worker;
  HandOver hand_over({worker.link()});
  hand_over.give(addresses());
  hand_over.give(policy(1));
  worker.turn();
  exchange::OwedRecords::Debt answer = worker.holder.owed_records().owe(1);
  worker.leave();
  for (uint64_t generation = 2; generation <= 20; ++generation) {
    hand_over.give(policy(generation));
    worker.turn();
    worker.leave();
    EXPECT_EQ(hand_over.reclaim(generation), Generations{1});
    EXPECT_EQ(hand_over.alive(), 1u);
  }
  answer = {};
  EXPECT_EQ(hand_over.reclaim(20), Generations());
}

TEST(OwedRecords, MoreThanTheMost_GiveUpTheOldest) {
  exchange::OwedRecords owed;
  std::vector<exchange::OwedRecords::Debt> debts;
  const auto all = [&] {
    auto words = owed.generations();
    std::ranges::sort(words);
    return Generations(words.begin(), words.end());
  };
  for (uint64_t generation = 2; generation <= 9; ++generation) debts.push_back(owed.owe(generation));
  debts.push_back(owed.owe(1));
  EXPECT_EQ(all(), (Generations{2, 3, 4, 5, 6, 7, 8, 9})) << "the one that comes late is the oldest itself";
  debts.push_back(owed.owe(10));
  EXPECT_EQ(all(), (Generations{3, 4, 5, 6, 7, 8, 9, 10}));
  debts.erase(debts.begin() + 1);
  debts.push_back(owed.owe(2));
  debts.erase(debts.begin());
  EXPECT_EQ(all(), (Generations{0, 4, 5, 6, 7, 8, 9, 10})) << "what was given up is not owed again";
  debts.clear();
  EXPECT_EQ(all(), Generations(8, 0));
}

TEST(HandOver, PolicyThatAWorkerHasNotAdopted_IsKeptWhateverComesAfter) {
  Turner slow;
  HandOver hand_over({slow.link()});
  hand_over.give(addresses());
  hand_over.give(policy(1));
  slow.turn();
  slow.leave();
  hand_over.give(policy(2));
  hand_over.give(policy(3));
  EXPECT_EQ(hand_over.reclaim(3), (Generations{1, 2})) << "it may have found the second in its mailbox just now";
}

// Without them a request of the new policy would find that its origin's name has no address.
TEST(HandOver, WorkerOnAThread_NeverMeetsAPolicyBeforeItsAddresses) {
  constexpr uint32_t kPolicies = 30'000;
  std::vector<std::unique_ptr<const exchange::Snapshot>> policies;
  std::vector<std::unique_ptr<const AddressBook>> books;
  for (uint32_t generation = 1; generation <= kPolicies; ++generation) {
    policies.push_back(policy(generation));
    auto book = std::make_unique<AddressBook>();
    book->set("generation", {IpAddress::v4(generation)});
    books.push_back(std::move(book));
  }
  WorkerMailbox mailbox;
  uint64_t too_early = 0;
  {
    const std::jthread worker([&] {
      for (uint64_t generation = 0; generation < kPolicies;) {
        const auto [policy, book] = mailbox.given();
        if (policy == nullptr) continue;
        generation = policy->generation();
        too_early += book->find("generation").front() < IpAddress::v4(static_cast<uint32_t>(generation));
      }
    });
    for (uint32_t i = 0; i < kPolicies; ++i) {
      mailbox.addresses.store(books[i].get(), std::memory_order_release);
      mailbox.snapshot.store(policies[i].get(), std::memory_order_release);
      if (i % 64 == 0) std::this_thread::yield();
    }
  }
  EXPECT_EQ(too_early, 0u);
}

TEST(HandOver, WorkersOnThreads_NeverMeetWhatWasFreed) {
  constexpr uint64_t kPolicies = 300;
  std::array<Turner, 3> workers;
  std::atomic<bool> stop{false};
  std::vector<WorkerLink> links;
  for (Turner& worker : workers) links.push_back(worker.link());
  HandOver hand_over(std::move(links));
  hand_over.give(addresses());
  {
    std::vector<std::jthread> threads;
    for (Turner& worker : workers) {
      threads.emplace_back([&worker, &stop] {
        while (!stop.load(std::memory_order_relaxed)) worker.turn();
      });
    }
    for (uint64_t generation = 1; generation <= kPolicies; ++generation) {
      while (hand_over.alive() >= exchange::kMaxSnapshots) {
        hand_over.reclaim(hand_over.latest().generation());
        std::this_thread::yield();
      }
      hand_over.give(policy(generation));
      while (!hand_over.is_adopted()) {
        hand_over.give(addresses());
        hand_over.reclaim(generation - 1);
        std::this_thread::yield();
      }
    }
    while (hand_over.alive() > 1) {
      hand_over.reclaim(kPolicies);
      std::this_thread::yield();
    }
    stop.store(true, std::memory_order_relaxed);
  }
  for (Turner& worker : workers) {
    EXPECT_EQ(worker.strange, 0u);
    worker.leave();
  }
}

}  // namespace
}  // namespace sluice::control
