#include "port/packet_memory.h"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mempool.h>

#include <algorithm>

#include "port/log_capture.h"

namespace sluice::port {

namespace {

constexpr uint32_t kMostCached = 256;  // buffers that a thread keeps to itself, without touching the shared ring

class DevicePool final : public PacketPool {
 public:
  DevicePool(rte_mempool* pool, Counters& counters) : PacketPool(pool, counters) {}
  ~DevicePool() override { rte_mempool_free(mempool()); }
};

}  // namespace

Result<std::unique_ptr<PacketPool>, StartError> make_packet_pool(WorkerId worker, uint32_t packets,
                                                                 Counters& counters) {
  LogCapture log;
  const std::string name = "sluice_worker_" + std::to_string(worker.value);
  // DPDK wants the cache to be at most two thirds of the pool.
  rte_mempool* pool =
      rte_pktmbuf_pool_create(name.c_str(), packets, std::min(kMostCached, packets / 2), PacketPool::kPrivateBytes,
                              PacketPool::kHeadroom + PacketPool::kDataRoom, SOCKET_ID_ANY);
  if (pool == nullptr) {
    const std::string said = log.take();
    const std::string why = said.empty() ? std::string(rte_strerror(rte_errno)) : said;
    return StartError{"packet pool " + name + " of " + std::to_string(packets) + " buffers: " + why,
                      "raise memory.size or lower memory.packets_per_worker in node.yaml"};
  }
  return std::unique_ptr<PacketPool>(std::make_unique<DevicePool>(pool, counters));
}

}  // namespace sluice::port
