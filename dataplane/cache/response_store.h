// ResponseStore: answers that are kept for other requests, in a fixed amount of memory, shared by all workers of the
// machine.
//
// One per machine, owned by the process and reached by SharedState, so that a reload keeps it. It knows keys and bytes,
// not what they mean. Without locks and without reclaiming anything: each worker writes into a ring of its own, over
// the oldest of what it wrote before; whoever reads copies the bytes and looks afterwards whether they were still
// whole. What always holds:
//   1. A place in a ring is a position that only grows; what begins at `position` lies in the words from position
//      modulo the ring's length on. It is whole as long as the ring's `next` is no more than a length beyond it.
//   2. A writer moves `next` on before it writes, and a reader looks at `next` after it has read (a fence in between on
//      both sides): a reader that has seen a newer word sees that the entry is no longer whole.
//   3. An entry is in the index when it is complete. An index word that is lost to a race costs a miss; two entries of
//      one key, which a race can leave, are both in its bucket, the one in front being found and replaced.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "sluice/units.h"

namespace sluice::cache {

// A digest of what a request must have in common with another to be answered alike.
struct Key {
  std::array<uint64_t, 4> words{};
  bool operator==(const Key&) const = default;
};

// Of 64 lower-case hex digits, the bytes of the digest in their order. Nothing: it is something else.
std::optional<Key> parse_key(std::string_view hex);

class ResponseStore {
 public:
  // bytes: for all workers together, divided among them; it becomes memory when it is first used. workers: 1 to
  // kMaxWorkers.
  ResponseStore(size_t bytes, size_t workers);
  ~ResponseStore();
  ResponseStore(const ResponseStore&) = delete;
  ResponseStore& operator=(const ResponseStore&) = delete;

  // How much of the arena's pool may be in use together with a copy.
  enum class Room : uint8_t {
    kHalf,  // for what can be had in another way: clients that read slowly make copies live long, heads need room too
    kAll,   // for what a request cannot do without
  };
  // A copy, in the arena, of what was last stored under this key. Nothing: it is not there any more, or there is no
  // room for it.
  std::optional<std::string_view> find(const Key& key, Arena& arena, Room room) const;

  // Keeps the parts, one behind the other. False: they are too long for this store. REQUIRES: called by `worker` alone.
  bool store(WorkerId worker, const Key& key, std::span<const std::string_view> parts);

  // Nothing, or nothing of this key (false: there was nothing), is found any more. From any thread; what a worker is
  // storing at that moment may come after it.
  void clear();
  bool remove(const Key& key);

 private:
  using Word = std::atomic<uint64_t>;
  // In front of an entry's bytes: its key and how many bytes follow.
  static constexpr size_t kHeadWords = 5;
  static constexpr size_t kBucketSlots = 4;

  struct alignas(64) Ring {
    Word* words = nullptr;
    std::atomic<uint64_t> next{0};  // position
  };
  // Where an entry is. As a word of the index the ring's number is one more, so that 0 is nowhere.
  struct Place {
    size_t ring;
    uint64_t position;
  };
  static constexpr unsigned kPositionBits = 56;
  static uint64_t word_of(Place place) { return uint64_t{place.ring + 1} << kPositionBits | place.position; }
  static std::optional<Place> place_of(uint64_t word);

  std::span<Word> index() const;
  std::span<Word> bucket(const Key& key) const;
  bool is_whole(Place place) const;
  bool holds(Place place, const Key& key) const;
  const Word* words_at(Place place) const { return rings_[place.ring].words + place.position % ring_words_; }

  size_t ring_words_;
  size_t buckets_;
  size_t mapped_bytes_;
  Word* memory_ = nullptr;  // the rings, then the index; nullptr: no address space, nothing is kept
  std::array<Ring, kMaxWorkers> rings_;
};

}  // namespace sluice::cache
