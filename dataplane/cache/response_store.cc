#include "cache/response_store.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace sluice::cache {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr size_t kWordBytes = sizeof(uint64_t);
// One entry never takes more of a ring than this part of it.
constexpr size_t kMostShare = 8;
// An index slot for so many bytes of entries.
constexpr size_t kBytesPerSlot = 1024;

constexpr size_t words_for(size_t bytes) {
  return (bytes + kWordBytes - 1) / kWordBytes;
}

bool fits_in_half(const BlockPool& pool, size_t bytes) {
  return pool.in_use_bytes() + bytes <= pool.budget_bytes() / 2;
}

// Writes bytes into words, from left to right.
class WordWriter {
 public:
  explicit WordWriter(std::atomic<uint64_t>* next) : next_(next) {}

  void put(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t n = std::min(bytes.size(), kWordBytes - filled_);
      std::memcpy(reinterpret_cast<char*>(&word_) + filled_, bytes.data(), n);
      bytes.remove_prefix(n);
      filled_ += n;
      if (filled_ == kWordBytes) flush();
    }
  }
  void flush() {
    if (filled_ == 0) return;
    next_++->store(word_, kRelaxed);
    word_ = 0;
    filled_ = 0;
  }

 private:
  std::atomic<uint64_t>* next_;
  uint64_t word_ = 0;
  size_t filled_ = 0;
};

}  // namespace

std::optional<Key> parse_key(std::string_view hex) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::array<unsigned char, sizeof(Key)> bytes{};
  if (hex.size() != 2 * bytes.size()) return std::nullopt;
  for (size_t i = 0; i < hex.size(); ++i) {
    const size_t digit = kHexDigits.find(hex[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    bytes[i / 2] = static_cast<unsigned char>(bytes[i / 2] << 4 | digit);
  }
  return std::bit_cast<Key>(bytes);
}

ResponseStore::ResponseStore(size_t bytes, size_t workers)
    : ring_words_(std::max<size_t>(bytes / std::max<size_t>(workers, 1) / kWordBytes, 1024)),
      buckets_(std::bit_ceil(std::max<size_t>(bytes / kBytesPerSlot / kBucketSlots, 1))) {
  const size_t rings = std::clamp<size_t>(workers, 1, rings_.size());
  const size_t words = rings * ring_words_ + buckets_ * kBucketSlots;
  mapped_bytes_ = words * sizeof(Word);
  // Zeroed pages, which the kernel gives when they are touched.
  void* room = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return;
  memory_ = static_cast<Word*>(room);
  for (size_t i = 0; i < rings; ++i) rings_[i].words = memory_ + i * ring_words_;
}

ResponseStore::~ResponseStore() {
  if (memory_ != nullptr) munmap(memory_, mapped_bytes_);
}

std::optional<ResponseStore::Place> ResponseStore::place_of(uint64_t word) {
  if (word == 0) return std::nullopt;
  return Place{static_cast<size_t>(word >> kPositionBits) - 1, word & ((uint64_t{1} << kPositionBits) - 1)};
}

std::span<ResponseStore::Word> ResponseStore::index() const {
  const size_t slots = buckets_ * kBucketSlots;
  return {memory_ + mapped_bytes_ / sizeof(Word) - slots, slots};
}

std::span<ResponseStore::Word> ResponseStore::bucket(const Key& key) const {
  return index().subspan((key.words[0] & (buckets_ - 1)) * kBucketSlots, kBucketSlots);
}

bool ResponseStore::is_whole(Place place) const {
  std::atomic_thread_fence(std::memory_order_acquire);
  return rings_[place.ring].next.load(kRelaxed) - place.position <= ring_words_;
}

bool ResponseStore::holds(Place place, const Key& key) const {
  const Word* const words = words_at(place);
  for (size_t i = 0; i < key.words.size(); ++i) {
    if (words[i].load(kRelaxed) != key.words[i]) return false;
  }
  return is_whole(place);
}

std::optional<std::string_view> ResponseStore::find(const Key& key, Arena& arena, Room room) const {
  if (memory_ == nullptr) return std::nullopt;
  for (const Word& slot : bucket(key)) {
    const std::optional<Place> place = place_of(slot.load(std::memory_order_acquire));
    if (!place || !holds(*place, key)) continue;
    const Word* const words = words_at(*place);
    const uint64_t size = words[kHeadWords - 1].load(kRelaxed);
    if (!is_whole(*place) || size > ring_words_ * kWordBytes) continue;
    if (room == Room::kHalf && !fits_in_half(arena.pool(), size)) return std::nullopt;
    const std::span<uint64_t> copy = arena.try_array<uint64_t>(words_for(size) + 1);
    if (copy.empty()) return std::nullopt;
    for (size_t i = 0; i < words_for(size); ++i) copy[i] = words[kHeadWords + i].load(kRelaxed);
    if (is_whole(*place)) return std::string_view(reinterpret_cast<const char*>(copy.data()), size);
  }
  return std::nullopt;
}

void ResponseStore::clear() {
  if (memory_ == nullptr) return;
  for (Word& slot : index()) slot.store(0, kRelaxed);
}

bool ResponseStore::remove(const Key& key) {
  if (memory_ == nullptr) return false;
  bool found = false;
  for (Word& slot : bucket(key)) {
    const std::optional<Place> place = place_of(slot.load(std::memory_order_acquire));
    if (!place || !holds(*place, key)) continue;
    slot.store(0, kRelaxed);
    found = true;
  }
  return found;
}

bool ResponseStore::store(WorkerId worker, const Key& key, std::span<const std::string_view> parts) {
  size_t size = 0;
  for (std::string_view part : parts) size += part.size();
  const size_t words = kHeadWords + words_for(size);
  if (memory_ == nullptr || words > ring_words_ / kMostShare) return false;
  const size_t number = static_cast<size_t>(worker.value);
  Ring& ring = rings_[number];
  uint64_t position = ring.next.load(kRelaxed);
  // An entry does not go round the end of its ring.
  if (position % ring_words_ + words > ring_words_) position += ring_words_ - position % ring_words_;
  ring.next.store(position + words, kRelaxed);
  std::atomic_thread_fence(std::memory_order_release);

  const Place place{number, position};
  Word* const begin = ring.words + position % ring_words_;
  for (size_t i = 0; i < key.words.size(); ++i) begin[i].store(key.words[i], kRelaxed);
  begin[kHeadWords - 1].store(size, kRelaxed);
  WordWriter writer(begin + kHeadWords);
  for (std::string_view part : parts) writer.put(part);
  writer.flush();

  // In the place of the same key, of one that is gone, or of any.
  const std::span<Word> slots = bucket(key);
  Word* chosen = &slots[key.words[1] % kBucketSlots];
  for (Word& slot : slots) {
    const std::optional<Place> present = place_of(slot.load(std::memory_order_acquire));
    const bool same = present && holds(*present, key);
    if (same || !present || !is_whole(*present)) chosen = &slot;
    if (same) break;
  }
  chosen->store(word_of(place), std::memory_order_release);
  return true;
}

}  // namespace sluice::cache
