// BlockPool: a worker's blocks of memory in a few sizes, for arenas and buffers, under one budget of bytes.
//
// Blocks come from the heap when first needed and are kept in free lists afterwards, so a steady load allocates
// nothing. The budget bounds what hostile input can make a worker hold, free blocks included: when it is used up,
// take() refuses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

class BlockPool {
 public:
  static constexpr std::array<size_t, 5> kSizes = {4096, 16384, 65536, 262144, 1048576};
  static constexpr size_t kLargest = kSizes.back();

  explicit BlockPool(size_t budget_bytes) : budget_bytes_(budget_bytes) {}
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  struct Block {
    std::byte* data = nullptr;  // nullptr: refused
    size_t size = 0;            // one of kSizes
  };
  // A block of at least `bytes`; refused when bytes > kLargest or the budget is used up.
  [[nodiscard]] Block take(size_t bytes);
  // REQUIRES: block came from take() of this pool.
  void release(Block block);

  size_t in_use_bytes() const { return in_use_bytes_; }
  size_t budget_bytes() const { return budget_bytes_; }

 private:
  struct FreeBlock {
    FreeBlock* next;
  };
  void trim_free_blocks(size_t needed_bytes);

  size_t budget_bytes_;
  size_t in_use_bytes_ = 0;
  size_t held_bytes_ = 0;  // from the heap: in use or free
  std::array<FreeBlock*, kSizes.size()> free_{};
};

}  // namespace sluice
