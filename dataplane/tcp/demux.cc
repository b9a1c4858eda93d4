#include "tcp/demux.h"

#include <cassert>

namespace sluice::tcp {

Demux::Slot* Demux::zeroed(uint32_t count) {
  auto* slots = static_cast<Slot*>(std::calloc(count, sizeof(Slot)));
  if (slots == nullptr) std::abort();
  return slots;
}

bool Demux::try_insert(uint32_t hash, EntryRef ref) {
  if (size_ > mask_ / 2) return false;
  uint32_t i = hash & mask_;
  while (slots_[i].ref.kind != EntryKind::kNone) i = (i + 1) & mask_;
  slots_[i] = {hash, ref};
  ++size_;
  return true;
}

uint32_t Demux::slot_of(uint32_t hash, EntryRef ref) const {
  uint32_t i = hash & mask_;
  while (!(slots_[i].ref == ref)) {
    assert(slots_[i].ref.kind != EntryKind::kNone);
    i = (i + 1) & mask_;
  }
  return i;
}

void Demux::replace(uint32_t hash, EntryRef from, EntryRef to) {
  slots_[slot_of(hash, from)].ref = to;
}

// Closes the gap by moving back each follower whose own place does not lie behind the gap (Knuth 6.4, algorithm R), so
// no slot is ever a tombstone.
void Demux::erase(uint32_t hash, EntryRef ref) {
  uint32_t gap = slot_of(hash, ref);
  for (uint32_t i = (gap + 1) & mask_; slots_[i].ref.kind != EntryKind::kNone; i = (i + 1) & mask_) {
    const uint32_t home = slots_[i].hash & mask_;
    if (((i - home) & mask_) >= ((i - gap) & mask_)) {
      slots_[gap] = slots_[i];
      gap = i;
    }
  }
  slots_[gap] = {};
  --size_;
}

}  // namespace sluice::tcp
