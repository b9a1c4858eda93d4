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
};

constexpr size_t kBufferBytes = size_t{PacketPool::kHeadroom} + PacketPool::kDataRoom;

// Under AddressSanitizer, whoever touches the bytes of a freed packet is found; otherwise these do nothing.
void forbid(void* object) {
  ASAN_POISON_MEMORY_REGION(static_cast<rte_mbuf*>(object)->buf_addr, kBufferBytes);
}
void permit(void* object) {
  ASAN_UNPOISON_MEMORY_REGION(static_cast<rte_mbuf*>(object)->buf_addr, kBufferBytes);
}

FreeStack& stack_of(const rte_mempool* pool) {
  return *static_cast<FreeStack*>(pool->pool_data);
}

int enqueue(rte_mempool* pool, void* const* objects, unsigned n) {
  auto& stack = stack_of(pool).objects;
  std::for_each(objects, objects + n, forbid);
  stack.insert(stack.end(), objects, objects + n);
  return 0;
}

int dequeue(rte_mempool* pool, void** objects, unsigned n) {
  auto& stack = stack_of(pool).objects;
  if (stack.size() < n) return -ENOBUFS;
  for (unsigned i = 0; i < n; ++i) {
    objects[i] = stack.back();
    stack.pop_back();
    permit(objects[i]);
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

class MemoryPool final : public PacketPool {
 public:
  MemoryPool(rte_mempool* pool, std::unique_ptr<FreeStack> stack, std::byte* storage, Counters& counters)
      : PacketPool(pool, counters), stack_(std::move(stack)), storage_(storage) {}
  ~MemoryPool() override {
    for (void* object : stack_->objects) permit(object);
    std::free(storage_);
    std::free(mempool());
  }

 private:
  std::unique_ptr<FreeStack> stack_;
  std::byte* storage_;
};

}  // namespace

std::unique_ptr<PacketPool> PacketPool::in_memory(uint32_t count, Counters& counters) {
  constexpr size_t kAlign = 64;
  constexpr size_t kElement = sizeof(rte_mbuf) + kPrivateBytes + kHeadroom + kDataRoom;
  // DPDK keeps a header in front of each object that names its pool.
  constexpr size_t kObjectHeader = (sizeof(rte_mempool_objhdr) + kAlign - 1) / kAlign * kAlign;
  constexpr size_t kStride = (kObjectHeader + kElement + kAlign - 1) / kAlign * kAlign;
  constexpr size_t kPoolBytes = (sizeof(rte_mempool) + sizeof(rte_pktmbuf_pool_private) + kAlign - 1) / kAlign * kAlign;

  auto* pool = static_cast<rte_mempool*>(std::aligned_alloc(kAlign, kPoolBytes));
  auto* storage = static_cast<std::byte*>(std::aligned_alloc(kAlign, kStride * count));
  if (pool == nullptr || storage == nullptr) std::abort();
  std::memset(static_cast<void*>(pool), 0, kPoolBytes);
  auto stack = std::make_unique<FreeStack>();
  stack->objects.reserve(count);

  std::strncpy(pool->name, "sluice_memory", sizeof pool->name - 1);
  pool->pool_data = stack.get();
  pool->size = count;
  pool->populated_size = count;
  pool->elt_size = kElement;
  pool->header_size = kObjectHeader;
  pool->private_data_size = sizeof(rte_pktmbuf_pool_private);
  pool->ops_index = operations_index();
  auto* priv = static_cast<rte_pktmbuf_pool_private*>(rte_mempool_get_priv(pool));
  priv->mbuf_data_room_size = kHeadroom + kDataRoom;
  priv->mbuf_priv_size = kPrivateBytes;

  for (uint32_t i = 0; i < count; ++i) {
    std::byte* object = storage + kStride * i + kObjectHeader;
    std::memset(object - kObjectHeader, 0, kObjectHeader + sizeof(rte_mbuf) + kPrivateBytes);
    reinterpret_cast<rte_mempool_objhdr*>(object - sizeof(rte_mempool_objhdr))->mp = pool;
    rte_pktmbuf_init(pool, nullptr, object, i);
    stack->objects.push_back(object);
    forbid(object);
  }
  return std::make_unique<MemoryPool>(pool, std::move(stack), storage, counters);
}

}  // namespace sluice
