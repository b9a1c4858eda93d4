#include "base/arena.h"

namespace sluice {

namespace {

std::byte* align_up(std::byte* p, size_t alignment) {
  const auto address = reinterpret_cast<uintptr_t>(p);
  return p + (-address & (alignment - 1));
}

}  // namespace

void* Arena::try_allocate(size_t bytes, size_t alignment) {
  if (bytes > kLargestAllocation) return nullptr;
  if (cursor_ != nullptr) {
    std::byte* at = align_up(cursor_, alignment);
    if (at <= end_ && bytes <= static_cast<size_t>(end_ - at)) {
      cursor_ = at + bytes;
      return at;
    }
  }
  const BlockPool::Block block = pool_->take(bytes + sizeof(BlockHeader) + alignment);
  if (block.data == nullptr) return nullptr;
  blocks_ = new (block.data) BlockHeader{blocks_, block.size};
  end_ = block.data + block.size;
  std::byte* at = align_up(block.data + sizeof(BlockHeader), alignment);
  cursor_ = at + bytes;
  return at;
}

void Arena::clear() {
  while (blocks_ != nullptr) {
    BlockHeader* block = std::exchange(blocks_, blocks_->next);
    pool_->release({reinterpret_cast<std::byte*>(block), block->size});
  }
  cursor_ = end_ = nullptr;
}

}  // namespace sluice
