// Slab<T>: a fixed number of T, taken and released in O(1), addressed by handles that go stale on release.
//
// Owned by one worker. The room for all of them is reserved as address space at construction and becomes memory when
// a slot is first taken, so a large capacity costs nothing until it is used. Never moves an object.
#pragma once

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace sluice {

// Names a slot and the use of it: after release() the generation has moved on and find() returns nullptr.
struct SlabHandle {
  uint32_t slot = 0;
  uint32_t generation = 0;  // 0 names nothing
  bool operator==(const SlabHandle&) const = default;
};

template <typename T>
class Slab {
 public:
  explicit Slab(uint32_t capacity) : capacity_(capacity) {
    void* room = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    slots_ = room == MAP_FAILED ? nullptr : static_cast<Slot*>(room);
    if (slots_ == nullptr) capacity_ = 0;
  }
  ~Slab() {
    for (uint32_t i = 0; i < touched_; ++i) {
      if (slots_[i].live()) slots_[i].object()->~T();
      slots_[i].permit();
    }
    if (slots_ != nullptr) munmap(slots_, bytes());
  }
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  // Constructs a T in a free slot; nullptr when all are taken.
  template <typename... Args>
  [[nodiscard]] T* try_take(Args&&... args) {
    Slot* slot = free_;
    if (slot != nullptr) {
      free_ = slot->next_free();
    } else if (touched_ < capacity_) {
      slot = &slots_[touched_++];
    } else {
      return nullptr;
    }
    ++slot->generation;  // odd: live
    ++size_;
    slot->permit();
    return new (slot->storage) T(std::forward<Args>(args)...);
  }

  // REQUIRES: object came from this slab and is live.
  void release(T* object) {
    Slot* slot = slot_of(object);
    assert(slot->live());
    object->~T();
    ++slot->generation;
    slot->set_next_free(free_);
    slot->forbid();
    free_ = slot;
    --size_;
  }

  SlabHandle handle(const T* object) const {
    const Slot* slot = slot_of(object);
    return {static_cast<uint32_t>(slot - slots_), slot->generation};
  }
  // The object that the handle named when it was made, or nullptr when it has been released since.
  T* find(SlabHandle h) const {
    if (h.generation == 0 || h.slot >= touched_ || slots_[h.slot].generation != h.generation) return nullptr;
    return slots_[h.slot].object();
  }

  // REQUIRES: the slot is live. For tables that name objects by slot alone and forget them before release().
  T& at(uint32_t slot) const {
    assert(slot < touched_ && slots_[slot].live());
    return *slots_[slot].object();
  }

  uint32_t size() const { return size_; }
  uint32_t capacity() const { return capacity_; }

  // Visits every live object; `visit` may release the one it is given.
  template <typename Visit>
  void for_each(Visit&& visit) {
    for (uint32_t i = 0; i < touched_; ++i) {
      if (slots_[i].live()) visit(*slots_[i].object());
    }
  }

  // Visits the live objects among the next `slots` slots from `first` on; `visit` may release the one it is given.
  // Returns the slot to go on from, 0 behind the last.
  template <typename Visit>
  uint32_t for_some(uint32_t first, uint32_t slots, Visit&& visit) {
    const uint32_t end = first < touched_ ? first + std::min(slots, touched_ - first) : touched_;
    for (uint32_t i = first; i < end; ++i) {
      if (slots_[i].live()) visit(*slots_[i].object());
    }
    return end < touched_ ? end : 0;
  }

 private:
  struct Slot {
    alignas(std::max(alignof(T), alignof(void*))) std::byte storage[std::max(sizeof(T), sizeof(void*))];
    uint32_t generation;  // even: free, odd: live

    bool live() const { return generation % 2 == 1; }
    T* object() { return std::launder(reinterpret_cast<T*>(storage)); }
    Slot* next_free() const { return *reinterpret_cast<Slot* const*>(storage); }
    void set_next_free(Slot* next) { new (storage) Slot*(next); }
    // Under AddressSanitizer, whoever touches a released object is found; otherwise these do nothing.
    void forbid() { ASAN_POISON_MEMORY_REGION(storage + sizeof(Slot*), sizeof storage - sizeof(Slot*)); }
    void permit() { ASAN_UNPOISON_MEMORY_REGION(storage, sizeof storage); }
  };

  size_t bytes() const { return sizeof(Slot) * static_cast<size_t>(capacity_ == 0 ? 1 : capacity_); }
  Slot* slot_of(const T* object) const {
    return const_cast<Slot*>(reinterpret_cast<const Slot*>(reinterpret_cast<const std::byte*>(object)));
  }

  uint32_t capacity_;
  uint32_t touched_ = 0;  // slots below this have been used at least once
  uint32_t size_ = 0;
  Slot* free_ = nullptr;
  Slot* slots_ = nullptr;
};

}  // namespace sluice
