// SpscRing<T>: a bounded queue between exactly one producing and one consuming thread. Never blocks, never allocates
// after construction. A full ring refuses; the producer counts that.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>

namespace sluice {

template <typename T>
class SpscRing {
 public:
  // Capacity is rounded up to a power of two, at least 2.
  explicit SpscRing(size_t capacity)
      : mask_(std::bit_ceil(capacity < 2 ? size_t{2} : capacity) - 1), slots_(std::make_unique<T[]>(mask_ + 1)) {}

  // Producer only. The slot that commit() hands over, for items that are filled in where they are to stand; it holds
  // what an earlier item left there. nullptr when full.
  [[nodiscard]] T* try_reserve() {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_seen_ > mask_) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail - head_seen_ > mask_) return nullptr;
    }
    return &slots_[tail & mask_];
  }
  // Producer only. REQUIRES: try_reserve() gave a slot since the last commit().
  void commit() { tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  // Producer only. False when full; the item is then untouched.
  [[nodiscard]] bool try_push(T&& item) {
    T* slot = try_reserve();
    if (slot == nullptr) return false;
    *slot = std::move(item);
    commit();
    return true;
  }
  [[nodiscard]] bool try_push(const T& item) {
    T copy = item;
    return try_push(std::move(copy));
  }

  // Consumer only. False when empty.
  [[nodiscard]] bool try_pop(T& item) {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return false;
    }
    item = std::move(slots_[head & mask_]);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  size_t capacity() const { return mask_ + 1; }
  // A snapshot that may be old when it is read.
  size_t size() const { return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire); }

 private:
  static constexpr size_t kCacheLine = 64;

  const size_t mask_;
  const std::unique_ptr<T[]> slots_;
  alignas(kCacheLine) std::atomic<size_t> tail_{0};
  size_t head_seen_ = 0;  // the producer's last look at head_
  alignas(kCacheLine) std::atomic<size_t> head_{0};
  size_t tail_seen_ = 0;  // the consumer's last look at tail_
};

}  // namespace sluice
