// PacketPool: where one worker's packets come from.
//
// Backed by a DPDK mempool (made by port/) or, without EAL, by plain memory (tests, simulations, fuzzing): the same
// buffers and the same code from there on. Bounded: an empty pool refuses and the refusal is counted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "packet/packet.h"
#include "sluice/counters.h"

struct rte_mempool;

namespace sluice {

class PacketPool {
 public:
  // Bytes of payload and headers that fit in a fresh packet behind the headroom, where no port has a larger MTU.
  static constexpr uint16_t kDataRoom = 2048;
  static constexpr uint16_t kMostDataRoom = 16'384;
  // Room in front, enough for Ethernet, 802.1Q, IPv6 and TCP with all its options.
  static constexpr uint16_t kHeadroom = RTE_PKTMBUF_HEADROOM;
  // Private bytes of each buffer; slice.h keeps its reference count there.
  static constexpr uint16_t kPrivateBytes = 16;

  // Uses both pools, which stay owned by EAL: `pool` of packets, `references` of buffers without room of their own.
  // REQUIRES: both made with kPrivateBytes; room in `pool` of kHeadroom and at least kDataRoom.
  PacketPool(rte_mempool* pool, rte_mempool* references, Counters& counters)
      : pool_(pool),
        references_(references),
        data_room_(static_cast<uint16_t>(rte_pktmbuf_data_room_size(pool) - kHeadroom)),
        counters_(counters) {}

  // A pool of `count` packets, and as many references, in plain memory, without EAL. Like the pools
  // of port/: one thread takes, any may give back.
  static std::unique_ptr<PacketPool> in_memory(uint32_t count, Counters& counters, uint16_t data_room = kDataRoom);

  virtual ~PacketPool() = default;
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // An empty packet with kHeadroom in front; a false Packet when the pool is empty (counted as kPacketPoolEmpty).
  [[nodiscard]] Packet try_allocate() {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
    if (mbuf == nullptr) counters_.add(Counter::kPacketPoolEmpty);
    return Packet(mbuf);
  }

  // A buffer that can show the bytes of a Slice (Slice::shown_by) and has none of its own; refused as above.
  [[nodiscard]] Packet try_allocate_reference() {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(references_);
    if (mbuf == nullptr) counters_.add(Counter::kPacketPoolEmpty);
    return Packet(mbuf);
  }

  // Bytes that fit in a fresh packet behind the headroom.
  uint16_t data_room() const { return data_room_; }
  uint32_t available() const { return rte_mempool_avail_count(pool_); }
  // Packets of `other`, as large and outliving this, come here too: a queue that more than one worker lives on fills
  // them, and who runs out there has them all run out. At the start.
  void also_lives_on(const PacketPool& other) {
    if (&other != this && std::find(others_.begin(), others_.end(), &other) == others_.end()) others_.push_back(&other);
  }
  // How many are left where it is least: here, or in one of the others.
  uint32_t left() const {
    uint32_t least = available();
    for (const PacketPool* other : others_) least = std::min(least, other->available());
    return least;
  }
  // Fewer than an eighth are left: what can be asked for again, or copied elsewhere, is not worth a packet. Counted
  // anew at every 32nd question, as counting costs more than most who ask would save.
  bool scarce() {
    if (asked_++ % kAskedBetweenCounts == 0) scarce_ = left() < pool_->size / 8;
    return scarce_;
  }
  rte_mempool* mempool() const { return pool_; }

 private:
  static constexpr uint32_t kAskedBetweenCounts = 32;

  rte_mempool* pool_;
  rte_mempool* references_;
  uint16_t data_room_;
  std::vector<const PacketPool*> others_;
  uint32_t asked_ = 0;
  bool scarce_ = false;
  Counters& counters_;
};

}  // namespace sluice
