#include "publish/hand_over.h"

#include <algorithm>

namespace sluice::control {

void HandOver::give(std::unique_ptr<const exchange::Snapshot> snapshot) {
  snapshots_.push_back(std::move(snapshot));
  for (const WorkerLink& worker : workers_) {
    worker.mailbox->snapshot.store(snapshots_.back().get(), std::memory_order_release);
  }
}

void HandOver::give(std::unique_ptr<const AddressBook> book) {
  for (const WorkerLink& worker : workers_) {
    worker.mailbox->addresses.store(book.get(), std::memory_order_release);
  }
  RetiredBook retired{std::exchange(book_, std::move(book)), {}};
  for (const WorkerLink& worker : workers_) {
    retired.turns.push_back(worker.mailbox->turn.load(std::memory_order_acquire));
  }
  if (retired.book != nullptr) retired_books_.push_back(std::move(retired));
}

bool HandOver::is_adopted() const {
  return std::ranges::all_of(workers_, [generation = latest().generation()](const WorkerLink& worker) {
    return worker.mailbox->adopted_generation.load(std::memory_order_acquire) >= generation;
  });
}

std::vector<uint64_t> HandOver::reclaim(uint64_t in_force) {
  std::erase_if(snapshots_,
                [&](const auto& snapshot) { return snapshot->generation() < in_force && is_let_go(*snapshot); });
  std::erase_if(retired_books_, [this](const RetiredBook& retired) { return is_let_go(retired); });
  std::set<uint64_t> recorded = owed_before(in_force);
  for (const auto& snapshot : snapshots_) {
    if (snapshot->generation() < in_force) recorded.insert(snapshot->generation());
  }
  return {recorded.begin(), recorded.end()};
}

// After a look at the pins: a worker owes what it lets go of before it does.
std::set<uint64_t> HandOver::owed_before(uint64_t in_force) const {
  std::set<uint64_t> owed;
  for (const WorkerLink& worker : workers_) {
    for (const uint64_t generation : worker.snapshots->owed_records().generations()) {
      if (generation != 0 && generation < in_force) owed.insert(generation);
    }
  }
  while (owed.size() > exchange::OwedRecords::kMost) owed.erase(owed.begin());
  return owed;
}

bool HandOver::is_let_go(const exchange::Snapshot& snapshot) const {
  return std::ranges::none_of(
      workers_, [&](const WorkerLink& worker) { return worker.snapshots->may_use(snapshot.generation()); });
}

// A worker that was in turn n when the book was replaced may have looked into its mailbox in that turn: it lets go of
// the book when turn n + 1 has ended.
bool HandOver::is_let_go(const RetiredBook& retired) const {
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i].mailbox->turn.load(std::memory_order_acquire) < retired.turns[i] + 2) return false;
  }
  return true;
}

}  // namespace sluice::control
