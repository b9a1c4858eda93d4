#include "base/block_pool.h"

#include <cstdlib>
#include <new>
#include <utility>

namespace sluice {

namespace {

// The index of the smallest size that holds `bytes`, or kSizes.size() when none does.
size_t class_of(size_t bytes) {
  size_t i = 0;
  while (i < BlockPool::kSizes.size() && BlockPool::kSizes[i] < bytes) ++i;
  return i;
}

}  // namespace

BlockPool::~BlockPool() {
  for (FreeBlock* list : free_) {
    while (list != nullptr) std::free(std::exchange(list, list->next));
  }
}

BlockPool::Block BlockPool::take(size_t bytes) {
  const size_t i = class_of(bytes);
  if (i == kSizes.size() || in_use_bytes_ + kSizes[i] > budget_bytes_) return {};
  void* memory = free_[i];
  if (memory != nullptr) {
    free_[i] = free_[i]->next;
  } else {
    trim_free_blocks(kSizes[i]);
    memory = std::aligned_alloc(64, kSizes[i]);
    if (memory == nullptr) return {};
    held_bytes_ += kSizes[i];
  }
  in_use_bytes_ += kSizes[i];
  return {static_cast<std::byte*>(memory), kSizes[i]};
}

// Gives free blocks of other sizes back to the heap until `needed_bytes` more fit into the budget.
void BlockPool::trim_free_blocks(size_t needed_bytes) {
  for (size_t i = 0; i < kSizes.size(); ++i) {
    while (held_bytes_ + needed_bytes > budget_bytes_ && free_[i] != nullptr) {
      std::free(std::exchange(free_[i], free_[i]->next));
      held_bytes_ -= kSizes[i];
    }
  }
}

void BlockPool::release(Block block) {
  const size_t i = class_of(block.size);
  in_use_bytes_ -= block.size;
  free_[i] = new (block.data) FreeBlock{free_[i]};
}

}  // namespace sluice
