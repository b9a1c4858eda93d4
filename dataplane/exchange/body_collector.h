// BodyCollector: a body that arrives in pieces, made one stretch of bytes for those who need it whole.
//
// Part of an exchange; the bytes live in its arena. Its room grows with what has arrived, not with what was promised,
// and never takes the second half of the worker's budget of blocks: heads need that. Who can do without takes the first
// quarter alone: others cannot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "packet/slice_queue.h"

namespace sluice::exchange {

class BodyCollector {
 public:
  explicit BodyCollector(Arena& arena) : arena_(&arena) {}

  enum class Share : uint8_t { kHalf = 2, kQuarter = 4 };
  // Begins a body of at most so many bytes. What was collected before stays in the arena.
  void start(size_t most_bytes, Share share = Share::kHalf);

  enum class Room : uint8_t { kMade, kTooLong, kNoMemory };
  // Makes room for n more bytes.
  [[nodiscard]] Room make_room(size_t n);
  // Takes all of `from`. REQUIRES: room was made for it.
  void take(SliceQueue& from);

  std::string_view bytes() const { return {room_.data(), size_}; }

 private:
  Arena* arena_;
  std::span<char> room_;
  size_t size_ = 0;
  size_t most_bytes_ = 0;
  Share share_ = Share::kHalf;  // of the budget
};

}  // namespace sluice::exchange
