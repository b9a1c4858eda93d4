// A pool of packets in plain memory: a hand-made rte_mempool with a list of free buffers behind DPDK's own interface,
// so that allocation, attachment and free take the same road with and without EAL.
#include <rte_mempool.h>
#include <sanitizer/asan_interface.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "packet/packet_pool.h"

namespace sluice {

namespace {

using Header = rte_mempool_objhdr;  // what DPDK keeps in front of each buffer

Header* header_of(void* object) {
  return static_cast<Header*>(object) - 1;
}

// The free buffers of a pool. One thread takes, any may give back: a buffer that another worker has freed is handed
// back to its own without a lock, and nothing else is said between the two.
class FreeList {
 public:
  explicit FreeList(size_t buffer_bytes) : buffer_bytes_(buffer_bytes) {}

  void give(void* object) {
    forbid(object);
    Header* header = header_of(object);
    Header* first = returned_.load(std::memory_order_relaxed);
    do {
      header->next.stqe_next = first;
    } while (!returned_.compare_exchange_weak(first, header, std::memory_order_release, std::memory_order_relaxed));
    size_.fetch_add(1, std::memory_order_relaxed);
  }

  // nullptr: none is left.
  void* try_take() {
    collect();
    if (own_ == nullptr) return nullptr;
    Header* header = std::exchange(own_, own_->next.stqe_next);
    size_.fetch_sub(1, std::memory_order_relaxed);
    void* object = header + 1;
    permit(object);
    return object;
  }

  unsigned size() const { return size_.load(std::memory_order_relaxed); }

  // REQUIRES: nobody else uses it any more.
  void permit_all() {
    collect();
    for (Header* header = own_; header != nullptr; header = header->next.stqe_next) permit(header + 1);
  }

 private:
  // Under AddressSanitizer, whoever touches the bytes of a freed packet is found; otherwise these do nothing.
  void forbid(void* object) const {
    ASAN_POISON_MEMORY_REGION(static_cast<rte_mbuf*>(object)->buf_addr, buffer_bytes_);
  }
  void permit(void* object) const {
    ASAN_UNPOISON_MEMORY_REGION(static_cast<rte_mbuf*>(object)->buf_addr, buffer_bytes_);
  }

  void collect() {
    if (returned_.load(std::memory_order_relaxed) == nullptr) return;
    Header* header = returned_.exchange(nullptr, std::memory_order_acquire);
    while (header != nullptr) {
      Header* next = header->next.stqe_next;
      header->next.stqe_next = own_;
      own_ = header;
      header = next;
    }
  }

  const size_t buffer_bytes_;
  Header* own_ = nullptr;
  std::atomic<Header*> returned_{nullptr};
  std::atomic<unsigned> size_{0};
};

FreeList& free_list_of(const rte_mempool* pool) {
  return *static_cast<FreeList*>(pool->pool_data);
}

int enqueue(rte_mempool* pool, void* const* objects, unsigned n) {
  std::for_each(objects, objects + n, [pool](void* object) { free_list_of(pool).give(object); });
  return 0;
}

int dequeue(rte_mempool* pool, void** objects, unsigned n) {
  for (unsigned i = 0; i < n; ++i) {
    objects[i] = free_list_of(pool).try_take();
    if (objects[i] != nullptr) continue;
    enqueue(pool, objects, i);
    return -ENOBUFS;
  }
  return 0;
}

unsigned count_free(const rte_mempool* pool) {
  return free_list_of(pool).size();
}

// Registered once; DPDK keeps a copy in its table of operations.
int operations_index() {
  static const int index = [] {
    rte_mempool_ops operations{};
    std::strncpy(operations.name, "sluice_memory", sizeof operations.name - 1);
    operations.alloc = [](rte_mempool*) { return 0; };
    operations.free = [](rte_mempool*) {};
    operations.enqueue = enqueue;
    operations.dequeue = dequeue;
    operations.get_count = count_free;
    return rte_mempool_register_ops(&operations);
  }();
  return index;
}

// One mempool of `count` buffers with room for buffer_bytes each.
class Memory {
 public:
  Memory(uint32_t count, size_t buffer_bytes);
  ~Memory() {
    free_.permit_all();
    std::free(storage_);
    std::free(pool_);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  rte_mempool* pool() const { return pool_; }

 private:
  static constexpr size_t kAlign = 64;
  static constexpr size_t aligned(size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

  FreeList free_;
  rte_mempool* pool_;
  std::byte* storage_;
};

Memory::Memory(uint32_t count, size_t buffer_bytes) : free_(buffer_bytes) {
  const size_t element = sizeof(rte_mbuf) + PacketPool::kPrivateBytes + buffer_bytes;
  // DPDK keeps a header in front of each object that names its pool.
  constexpr size_t kObjectHeader = aligned(sizeof(rte_mempool_objhdr));
  const size_t stride = aligned(kObjectHeader + element);
  constexpr size_t kPoolBytes = aligned(sizeof(rte_mempool) + sizeof(rte_pktmbuf_pool_private));

  pool_ = static_cast<rte_mempool*>(std::aligned_alloc(kAlign, kPoolBytes));
  storage_ = static_cast<std::byte*>(std::aligned_alloc(kAlign, stride * count));
  if (pool_ == nullptr || storage_ == nullptr) std::abort();
  std::memset(static_cast<void*>(pool_), 0, kPoolBytes);

  std::strncpy(pool_->name, "sluice_memory", sizeof pool_->name - 1);
  pool_->pool_data = &free_;
  pool_->size = count;
  pool_->populated_size = count;
  pool_->elt_size = static_cast<uint32_t>(element);
  pool_->header_size = kObjectHeader;
  pool_->private_data_size = sizeof(rte_pktmbuf_pool_private);
  pool_->ops_index = operations_index();
  auto* priv = static_cast<rte_pktmbuf_pool_private*>(rte_mempool_get_priv(pool_));
  priv->mbuf_data_room_size = static_cast<uint16_t>(buffer_bytes);
  priv->mbuf_priv_size = PacketPool::kPrivateBytes;

  for (uint32_t i = 0; i < count; ++i) {
    std::byte* object = storage_ + stride * i + kObjectHeader;
    std::memset(object - kObjectHeader, 0, kObjectHeader + sizeof(rte_mbuf) + PacketPool::kPrivateBytes);
    header_of(object)->mp = pool_;
    rte_pktmbuf_init(pool_, nullptr, object, i);
    free_.give(object);
  }
}

class MemoryPool final : public PacketPool {
 public:
  MemoryPool(std::unique_ptr<Memory> packets, std::unique_ptr<Memory> references, Counters& counters)
      : PacketPool(packets->pool(), references->pool(), counters),
        references_(std::move(references)),
        packets_(std::move(packets)) {}

 private:
  std::unique_ptr<Memory> references_;
  std::unique_ptr<Memory> packets_;
};

}  // namespace

std::unique_ptr<PacketPool> PacketPool::in_memory(uint32_t count, Counters& counters, uint16_t data_room) {
  return std::make_unique<MemoryPool>(std::make_unique<Memory>(count, size_t{kHeadroom} + data_room),
                                      std::make_unique<Memory>(count, 0), counters);
}

}  // namespace sluice
