// Arena: memory that lives as long as one exchange and is given back all at once.
//
// Owned by an exchange (or by a connection while a head arrives); takes its first block at the first allocation, so an
// idle connection holds none. Destructors do not run: only trivially destructible things live here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/block_pool.h"

namespace sluice {

class Arena {
 public:
  explicit Arena(BlockPool& pool) : pool_(&pool) {}
  ~Arena() { clear(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // nullptr when the pool's budget is used up or bytes > kLargestAllocation.
  // alignment: a power of two, at most alignof(std::max_align_t).
  static constexpr size_t kLargestAllocation = BlockPool::kLargest - 64;
  [[nodiscard]] void* try_allocate(size_t bytes, size_t alignment = alignof(std::max_align_t));

  template <typename T, typename... Args>
  [[nodiscard]] T* try_make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    void* room = try_allocate(sizeof(T), alignof(T));
    return room == nullptr ? nullptr : new (room) T(std::forward<Args>(args)...);
  }

  // `count` uninitialised T; empty when there is no room (or count is 0).
  template <typename T>
  [[nodiscard]] std::span<T> try_array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count > kLargestAllocation / sizeof(T)) return {};
    void* room = try_allocate(count * sizeof(T), alignof(T));
    return room == nullptr ? std::span<T>() : std::span<T>(static_cast<T*>(room), count);
  }

  // A copy of `text` that lives as long as the arena. A result shorter than the input (then empty, data() == nullptr)
  // says that there was no room.
  [[nodiscard]] std::string_view try_copy(std::string_view text) {
    auto* room = static_cast<char*>(try_allocate(text.size() == 0 ? 1 : text.size(), 1));
    if (room == nullptr) return {};
    return {room, text.copy(room, text.size())};
  }

  // Gives every block back. Everything that was allocated is gone.
  void clear();

  BlockPool& pool() const { return *pool_; }

 private:
  struct BlockHeader {
    BlockHeader* next;
    size_t size;
  };

  BlockPool* pool_;
  BlockHeader* blocks_ = nullptr;  // newest first
  std::byte* cursor_ = nullptr;
  std::byte* end_ = nullptr;
};

}  // namespace sluice
