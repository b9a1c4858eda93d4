#include "port/packet_memory.h"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mempool.h>

#include <algorithm>
#include <utility>

#include "port/device.h"
#include "port/log_capture.h"

namespace sluice::port {

namespace {

constexpr uint32_t kMostCached = 256;  // buffers that a thread keeps to itself, without touching the shared ring

constexpr uint16_t kPageBytes = 4096;

struct FreeMempool {
  void operator()(rte_mempool* pool) const { rte_mempool_free(pool); }
};
using Mempool = std::unique_ptr<rte_mempool, FreeMempool>;

class DevicePool final : public PacketPool {
 public:
  DevicePool(Mempool packets, Mempool references, Counters& counters)
      : PacketPool(packets.get(), references.get(), counters),
        packets_(std::move(packets)),
        references_(std::move(references)) {}

 private:
  Mempool packets_;
  Mempool references_;
};

Result<Mempool, StartError> make_mempool(const std::string& name, uint32_t count, uint16_t buffer_bytes) {
  LogCapture log;
  // DPDK wants the cache to be at most two thirds of the pool.
  Mempool pool(rte_pktmbuf_pool_create(name.c_str(), count, std::min(kMostCached, count / 2), PacketPool::kPrivateBytes,
                                       buffer_bytes, SOCKET_ID_ANY));
  if (pool != nullptr) return pool;
  const std::string said = log.take();
  const std::string why = said.empty() ? std::string(rte_strerror(rte_errno)) : said;
  return StartError{"packet pool " + name + " of " + std::to_string(count) + " buffers of " +
                        std::to_string(buffer_bytes) + " bytes: " + why,
                    "raise memory.size, or lower memory.packets_per_worker or the ports' mtu in node.yaml"};
}

}  // namespace

uint16_t data_room_for(uint16_t mtu) {
  const uint32_t frame = uint32_t{mtu} + kFrameHeadBytes;
  if (frame <= PacketPool::kDataRoom) return PacketPool::kDataRoom;
  return static_cast<uint16_t>((frame + kPageBytes - 1) / kPageBytes * kPageBytes);
}

Result<std::unique_ptr<PacketPool>, StartError> make_packet_pool(WorkerId worker, const PacketMemory& memory,
                                                                 Counters& counters) {
  const std::string name = "sluice_worker_" + std::to_string(worker.value);
  const auto buffer_bytes = static_cast<uint16_t>(PacketPool::kHeadroom + memory.data_room);
  auto packets = make_mempool(name, memory.packets, buffer_bytes);
  if (!packets.ok()) return packets.error();
  auto references = make_mempool(name + "_refs", memory.packets, 0);
  if (!references.ok()) return references.error();
  return std::unique_ptr<PacketPool>(
      std::make_unique<DevicePool>(std::move(*packets), std::move(*references), counters));
}

}  // namespace sluice::port
