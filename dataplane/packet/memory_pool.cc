// A pool of packets in plain memory: a hand-made rte_mempool with a stack of free buffers behind DPDK's own interface,
// so that allocation, attachment and free take the same road with and without EAL.
#include <rte_mempool.h>
#include <sanitizer/asan_interface.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "packet/packet_pool.h"

namespace sluice {

namespace {

struct FreeStack {
  std::vector<void*> objects;
  size_t buffer_bytes;
};

// Under AddressSanitizer, whoever touches the bytes of a freed packet is found; otherwise these do nothing.
void forbid(void* object, size_t buffer_bytes) {
  ASAN_POISON_MEMORY_REGION(static_cast<rte_mbuf*>(object)->buf_addr, buffer_bytes);
}
void permit(void* object, size_t buffer_bytes) {
  ASAN_UNPOISON_MEMORY_REGION(static_cast<rte_mbuf*>(object)->buf_addr, buffer_bytes);
}

FreeStack& stack_of(const rte_mempool* pool) {
  return *static_cast<FreeStack*>(pool->pool_data);
}

int enqueue(rte_mempool* pool, void* const* objects, unsigned n) {
  FreeStack& stack = stack_of(pool);
  std::for_each(objects, objects + n, [&](void* object) { forbid(object, stack.buffer_bytes); });
  stack.objects.insert(stack.objects.end(), objects, objects + n);
  return 0;
}

int dequeue(rte_mempool* pool, void** objects, unsigned n) {
  FreeStack& stack = stack_of(pool);
  if (stack.objects.size() < n) return -ENOBUFS;
  for (unsigned i = 0; i < n; ++i) {
    objects[i] = stack.objects.back();
    stack.objects.pop_back();
    permit(objects[i], stack.buffer_bytes);
  }
  return 0;
}

unsigned count_free(const rte_mempool* pool) {
  return static_cast<unsigned>(stack_of(pool).objects.size());
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
    for (void* object : stack_.objects) permit(object, stack_.buffer_bytes);
    std::free(storage_);
    std::free(pool_);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  rte_mempool* pool() const { return pool_; }

 private:
  static constexpr size_t kAlign = 64;
  static constexpr size_t aligned(size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

  FreeStack stack_;
  rte_mempool* pool_;
  std::byte* storage_;
};

Memory::Memory(uint32_t count, size_t buffer_bytes) : stack_{{}, buffer_bytes} {
  const size_t element = sizeof(rte_mbuf) + PacketPool::kPrivateBytes + buffer_bytes;
  // DPDK keeps a header in front of each object that names its pool.
  constexpr size_t kObjectHeader = aligned(sizeof(rte_mempool_objhdr));
  const size_t stride = aligned(kObjectHeader + element);
  constexpr size_t kPoolBytes = aligned(sizeof(rte_mempool) + sizeof(rte_pktmbuf_pool_private));

  pool_ = static_cast<rte_mempool*>(std::aligned_alloc(kAlign, kPoolBytes));
  storage_ = static_cast<std::byte*>(std::aligned_alloc(kAlign, stride * count));
  if (pool_ == nullptr || storage_ == nullptr) std::abort();
  std::memset(static_cast<void*>(pool_), 0, kPoolBytes);
  stack_.objects.reserve(count);

  std::strncpy(pool_->name, "sluice_memory", sizeof pool_->name - 1);
  pool_->pool_data = &stack_;
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
    reinterpret_cast<rte_mempool_objhdr*>(object - sizeof(rte_mempool_objhdr))->mp = pool_;
    rte_pktmbuf_init(pool_, nullptr, object, i);
    stack_.objects.push_back(object);
    forbid(object, buffer_bytes);
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
