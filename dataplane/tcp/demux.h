// Demux: from a four-tuple's hash to what handles its segments.
//
// Owned by the Environment; of a fixed size, so the packet path allocates nothing. Open addressing with linear probing
// over eight-byte slots; the hash is keyed, so a peer cannot choose tuples that collide. The tuples themselves stay in
// the entries: the caller says whether a candidate is the one.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "tcp/four_tuple.h"

namespace sluice::tcp {

enum class EntryKind : uint8_t { kNone, kConnection, kHalfOpen, kTimeWait };

// Names an entry: its kind, and its place in that kind's table.
struct EntryRef {
  constexpr EntryRef() = default;
  constexpr EntryRef(EntryKind k, uint32_t i) : kind(k), index(i) {}

  EntryKind kind : 2 {EntryKind::kNone};
  uint32_t index : 30 {0};
  bool operator==(const EntryRef&) const = default;
};

class Demux {
 public:
  // Holds `max_entries` with at most half of the slots in use. key: secret.
  Demux(uint32_t max_entries, const SipKey& key)
      : key_(key),
        mask_(std::bit_ceil(max_entries * 2u < 16 ? 16u : max_entries * 2u) - 1),
        slots_(zeroed(mask_ + 1)) {}

  uint32_t hash(const FourTuple& tuple) const { return static_cast<uint32_t>(keyed_hash(key_, tuple)); }

  // The entry with this hash for which matches(ref) holds; kNone when there is none.
  template <typename Matches>
  EntryRef find(uint32_t hash, Matches&& matches) const {
    for (uint32_t i = hash & mask_; slots_[i].ref.kind != EntryKind::kNone; i = (i + 1) & mask_) {
      if (slots_[i].hash == hash && matches(slots_[i].ref)) return slots_[i].ref;
    }
    return {};
  }

  // False when max_entries are held.
  [[nodiscard]] bool try_insert(uint32_t hash, EntryRef ref);
  // Gives the tuple to another entry. REQUIRES: `from` is held under `hash`.
  void replace(uint32_t hash, EntryRef from, EntryRef to);
  // REQUIRES: `ref` is held under `hash`.
  void erase(uint32_t hash, EntryRef ref);

  uint32_t size() const { return size_; }

 private:
  struct Slot {
    uint32_t hash = 0;
    EntryRef ref;
  };
  static_assert(sizeof(Slot) == 8);

  struct Free {
    void operator()(Slot* slots) const { std::free(slots); }
  };
  // All empty. From calloc, so that a large table becomes memory only where it is used.
  static Slot* zeroed(uint32_t count);

  uint32_t slot_of(uint32_t hash, EntryRef ref) const;

  SipKey key_;
  uint32_t mask_;
  uint32_t size_ = 0;
  std::unique_ptr<Slot[], Free> slots_;
};

}  // namespace sluice::tcp
