// PacketPool: where one worker's packets come from.
//
// Backed by a DPDK mempool (made by port/) or, without EAL, by plain memory (tests, simulations, fuzzing): the same
// buffers and the same code from there on. Bounded: an empty pool refuses and the refusal is counted.
#pragma once

#include <cstdint>
#include <memory>

#include "packet/packet.h"
#include "sluice/counters.h"

struct rte_mempool;

namespace sluice {

class PacketPool {
 public:
  // Bytes of payload and headers that fit in a fresh packet behind the headroom.
  static constexpr uint16_t kDataRoom = 2048;
  // Room in front, enough for Ethernet, 802.1Q, IPv6 and TCP with all its options.
  static constexpr uint16_t kHeadroom = RTE_PKTMBUF_HEADROOM;
  // Private bytes of each buffer; slice.h keeps its reference count there.
  static constexpr uint16_t kPrivateBytes = 16;

  // Uses `pool`, which stays owned by EAL. REQUIRES: made with kPrivateBytes and kDataRoom + kHeadroom.
  PacketPool(rte_mempool* pool, Counters& counters) : pool_(pool), counters_(counters) {}

  // A pool of `count` packets in plain memory, without EAL. One thread.
  static std::unique_ptr<PacketPool> in_memory(uint32_t count, Counters& counters);

  virtual ~PacketPool() = default;
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // An empty packet with kHeadroom in front; a false Packet when the pool is empty (counted as kPacketPoolEmpty).
  [[nodiscard]] Packet try_allocate() {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
    if (mbuf == nullptr) counters_.add(Counter::kPacketPoolEmpty);
    return Packet(mbuf);
  }

  uint32_t available() const { return rte_mempool_avail_count(pool_); }
  rte_mempool* mempool() const { return pool_; }

 private:
  rte_mempool* pool_;
  Counters& counters_;
};

}  // namespace sluice
