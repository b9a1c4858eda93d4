#include "exchange/owed_records.h"

#include <algorithm>

namespace sluice::exchange {

OwedRecords::Debt OwedRecords::owe(uint64_t generation) {
  const auto generation_of = [](const Entry& entry) { return entry.generation.load(std::memory_order_relaxed); };
  const auto same = std::ranges::find(entries_, generation, generation_of);
  if (same != entries_.end()) return Debt(*same, generation);
  Entry& oldest = *std::ranges::min_element(entries_, {}, generation_of);  // a free one, if there is one
  if (generation <= given_up_ || generation < generation_of(oldest)) return {};
  given_up_ = std::max(given_up_, generation_of(oldest));
  oldest.debts = 0;
  oldest.generation.store(generation, std::memory_order_release);
  return Debt(oldest, generation);
}

// Of a generation that was given up the entry is another's.
void OwedRecords::Debt::pay() {
  Entry* entry = std::exchange(entry_, nullptr);
  if (entry == nullptr || entry->generation.load(std::memory_order_relaxed) != generation_) return;
  if (--entry->debts == 0) entry->generation.store(0, std::memory_order_release);
}

std::array<uint64_t, OwedRecords::kMost> OwedRecords::generations() const {
  std::array<uint64_t, kMost> all;
  std::ranges::transform(entries_, all.begin(),
                         [](const Entry& entry) { return entry.generation.load(std::memory_order_acquire); });
  return all;
}

}  // namespace sluice::exchange
