#include <algorithm>
#include <cassert>
#include <utility>

#include "exchange/snapshot.h"

namespace sluice::exchange {

void SnapshotHolder::adopt(const Snapshot& next) {
  for (Entry& entry : entries_) {
    if (entry.snapshot != nullptr) continue;
    entry.snapshot = &next;
    entry.generation.store(next.generation(), std::memory_order_relaxed);
    Entry& before = *std::exchange(current_, &entry);
    newest_.store(next.generation(), std::memory_order_release);
    if (&before != &entry && before.pins == 0) let_go(before);
    return;
  }
  assert(false && "more than kMaxSnapshots in use");
}

void SnapshotHolder::let_go(Entry& entry) {
  entry.snapshot = nullptr;
  entry.generation.store(0, std::memory_order_release);
}

bool SnapshotHolder::may_use(uint64_t generation) const {
  if (newest_.load(std::memory_order_acquire) <= generation) return true;
  return std::ranges::any_of(
      entries_, [=](const Entry& entry) { return entry.generation.load(std::memory_order_acquire) == generation; });
}

uint32_t SnapshotHolder::pins() const {
  uint32_t sum = 0;
  for (const Entry& entry : entries_) sum += entry.pins;
  return sum;
}

}  // namespace sluice::exchange
