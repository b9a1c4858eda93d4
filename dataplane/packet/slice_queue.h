// SliceQueue: bytes in order, as a list of Slices. Empty costs two words.
//
// The nodes come from a pool that the worker owns and that outlives every queue; queues of one pool can be spliced.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/slab.h"
#include "packet/slice.h"

namespace sluice {

struct SliceNode {
  explicit SliceNode(Slice s) : slice(std::move(s)) {}
  Slice slice;
  SliceNode* next = nullptr;
};
using SliceNodePool = Slab<SliceNode>;

class SliceQueue {
 public:
  explicit SliceQueue(SliceNodePool& pool) : pool_(&pool) {}
  ~SliceQueue() { clear(); }
  SliceQueue(SliceQueue&& other) noexcept;
  SliceQueue& operator=(SliceQueue&& other) noexcept;

  bool empty() const { return head_ == nullptr; }
  size_t size() const { return size_; }  // bytes

  // False when the node pool is empty; the queue is then unchanged. An empty slice is accepted and not kept.
  [[nodiscard]] bool try_push(Slice slice);
  // Bytes that can be copied behind the last slice, in its own buffer: 0 when the queue is empty or shares that buffer.
  size_t back_room() const { return tail_ == nullptr ? 0 : tail_->slice.append_room(); }
  // REQUIRES: bytes.size() <= back_room().
  void append_to_back(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    tail_->slice.append(bytes);
    size_ += bytes.size();
  }
  // Moves all of `other` (of the same pool) behind this queue's bytes.
  void splice(SliceQueue& other);

  // The first slice. REQUIRES: !empty().
  const Slice& front() const { return head_->slice; }
  // Takes the first slice, or at most `limit` bytes of it. REQUIRES: !empty(), limit > 0.
  Slice take_front(size_t limit = SIZE_MAX);
  // Drops n bytes. REQUIRES: n <= size().
  void consume(size_t n);
  void clear();

  // Copies out.size() bytes from `offset` on, without consuming. REQUIRES: offset + out.size() <= size().
  void copy_out(size_t offset, std::span<std::byte> out) const;

  const SliceNode* first() const { return head_; }  // for walking the list

 private:
  SliceNodePool* pool_;
  SliceNode* head_ = nullptr;
  SliceNode* tail_ = nullptr;
  size_t size_ = 0;
};

}  // namespace sluice
