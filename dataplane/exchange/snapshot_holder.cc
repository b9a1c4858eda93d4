#include <cassert>

#include "exchange/snapshot.h"

namespace sluice::exchange {

void SnapshotHolder::adopt(const Snapshot& next) {
  for (Entry& entry : entries_) {
    if (entry.snapshot != nullptr) continue;
    entry.snapshot = &next;
    current_ = &entry;
    drop_unused();
    return;
  }
  assert(false && "more than kMaxSnapshots in use");
}

uint32_t SnapshotHolder::pins() const {
  uint32_t sum = 0;
  for (const Entry& entry : entries_) sum += entry.pins;
  return sum;
}

void SnapshotHolder::drop_unused() {
  uint64_t oldest = current_->snapshot->generation();
  for (Entry& entry : entries_) {
    if (entry.snapshot == nullptr || &entry == current_) continue;
    if (entry.pins == 0) {
      entry.snapshot = nullptr;
    } else {
      oldest = entry.snapshot->generation() < oldest ? entry.snapshot->generation() : oldest;
    }
  }
  oldest_in_use_.store(oldest, std::memory_order_release);
}

}  // namespace sluice::exchange
