#include "exchange/body_collector.h"

#include <algorithm>
#include <cstring>

namespace sluice::exchange {

namespace {

// Fits into the smallest block; the next ones into each size above it.
constexpr size_t kFirstRoomBytes = 3584;

}  // namespace

void BodyCollector::start(size_t most_bytes, Share share) {
  room_ = {};
  size_ = 0;
  most_bytes_ = most_bytes;
  share_ = share;
}

BodyCollector::Room BodyCollector::make_room(size_t n) {
  if (n > most_bytes_ - size_) return Room::kTooLong;
  if (n <= room_.size() - size_) return Room::kMade;
  const BlockPool& pool = arena_->pool();
  if (pool.in_use_bytes() + n > pool.budget_bytes() / static_cast<size_t>(share_)) return Room::kNoMemory;
  const size_t grown = std::max(kFirstRoomBytes, std::min(4 * room_.size(), most_bytes_));
  const std::span<char> room = arena_->try_array<char>(std::max(grown, size_ + n));
  if (room.empty()) return Room::kNoMemory;
  std::copy_n(room_.begin(), size_, room.begin());
  room_ = room;
  return Room::kMade;
}

void BodyCollector::take(SliceQueue& from) {
  const size_t n = from.size();
  from.copy_out(0, std::as_writable_bytes(room_.subspan(size_, n)));
  from.consume(n);
  size_ += n;
}

}  // namespace sluice::exchange
