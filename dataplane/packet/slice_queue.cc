#include "packet/slice_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice {

SliceQueue::SliceQueue(SliceQueue&& other) noexcept
    : pool_(other.pool_),
      head_(std::exchange(other.head_, nullptr)),
      tail_(std::exchange(other.tail_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SliceQueue& SliceQueue::operator=(SliceQueue&& other) noexcept {
  if (this != &other) {
    clear();
    pool_ = other.pool_;
    head_ = std::exchange(other.head_, nullptr);
    tail_ = std::exchange(other.tail_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

bool SliceQueue::try_push(Slice slice) {
  if (slice.empty()) return true;
  const size_t n = slice.size();
  SliceNode* node = pool_->try_take(std::move(slice));
  if (node == nullptr) return false;
  (tail_ == nullptr ? head_ : tail_->next) = node;
  tail_ = node;
  size_ += n;
  return true;
}

void SliceQueue::splice(SliceQueue& other) {
  if (other.empty()) return;
  (tail_ == nullptr ? head_ : tail_->next) = other.head_;
  tail_ = other.tail_;
  size_ += other.size_;
  other.head_ = other.tail_ = nullptr;
  other.size_ = 0;
}

Slice SliceQueue::take_front(size_t limit) {
  Slice& first = head_->slice;
  Slice taken = first.sub(0, std::min(limit, first.size()));
  consume(taken.size());
  return taken;
}

void SliceQueue::consume(size_t n) {
  size_ -= n;
  while (n > 0) {
    Slice& first = head_->slice;
    if (n < first.size()) {
      first.remove_prefix(n);
      return;
    }
    n -= first.size();
    SliceNode* done = std::exchange(head_, head_->next);
    pool_->release(done);
  }
  if (head_ == nullptr) tail_ = nullptr;
}

void SliceQueue::clear() {
  consume(size_);
}

void SliceQueue::copy_out(size_t offset, std::span<std::byte> out) const {
  for (const SliceNode* node = head_; !out.empty() && node != nullptr; node = node->next) {
    const auto bytes = node->slice.bytes();
    if (offset >= bytes.size()) {
      offset -= bytes.size();
      continue;
    }
    const size_t n = std::min(out.size(), bytes.size() - offset);
    std::memcpy(out.data(), bytes.data() + offset, n);
    out = out.subspan(n);
    offset = 0;
  }
}

}  // namespace sluice
