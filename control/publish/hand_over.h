// HandOver: the policies and the addresses that the workers have been given, and which of them nobody uses any more.
//
// Owned by the publisher, on the event loop. What is given is only read from then on; it is freed when every worker has
// told, by its mailbox and its snapshot holder, that it has moved on (sluice/worker_mailbox.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "exchange/snapshot.h"
#include "sluice/resolution.h"
#include "sluice/worker_mailbox.h"

namespace sluice::control {

// What control shares with one worker; both live as long as the worker's thread runs.
struct WorkerLink {
  WorkerMailbox* mailbox;
  const exchange::SnapshotHolder* snapshots;
};

class HandOver {
 public:
  explicit HandOver(std::vector<WorkerLink> workers) : workers_(std::move(workers)) {}
  // REQUIRES at the end: the workers have ended.

  // Gives every worker a later policy than the one before. REQUIRES: addresses have been given.
  void give(std::unique_ptr<const exchange::Snapshot> snapshot);
  void give(std::unique_ptr<const AddressBook> book);

  // Whether every worker runs new requests on the latest policy.
  bool is_adopted() const;
  // REQUIRES: a policy has been given.
  const exchange::Snapshot& latest() const { return *snapshots_.back(); }
  size_t alive() const { return snapshots_.size(); }
  // REQUIRES: addresses have been given.
  const AddressBook& addresses() const { return *book_; }

  // Frees what no worker uses any more, but no policy from generation `in_force` on, which control itself looks into.
  // Returns the earlier generations of which there may still be records: those that are left, and at most
  // OwedRecords::kMost whose answers are still on their way.
  std::vector<uint64_t> reclaim(uint64_t in_force);

 private:
  // An address book that workers may still look into: until each has ended the turn it was in.
  struct RetiredBook {
    std::unique_ptr<const AddressBook> book;
    std::vector<uint64_t> turns;
  };
  bool is_let_go(const RetiredBook& retired) const;
  bool is_let_go(const exchange::Snapshot& snapshot) const;
  std::set<uint64_t> owed_before(uint64_t in_force) const;

  const std::vector<WorkerLink> workers_;
  std::deque<std::unique_ptr<const exchange::Snapshot>> snapshots_;  // oldest first; the last is handed out
  std::unique_ptr<const AddressBook> book_;
  std::vector<RetiredBook> retired_books_;
};

}  // namespace sluice::control
