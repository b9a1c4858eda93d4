// PacketChain: a packet in several buffers: a header of its own and text that it shares with Slices.
//
// Made by whoever sends, for devices that take chained buffers (TransmitOffloads::multi_segment).
#pragma once

#include <utility>

#include "packet/packet.h"

namespace sluice {

class PacketChain {
 public:
  // REQUIRES: a packet of one buffer, or none.
  explicit PacketChain(Packet head) : head_(std::move(head)), last_(head_.mbuf()) {}

  // The first buffer. Its bytes may be written while others hang behind it.
  Packet& head() { return head_; }
  const Packet& head() const { return head_; }
  // REQUIRES: a head, and a packet of one buffer.
  void append(Packet part) {
    rte_mbuf* mbuf = part.release();
    last_->next = mbuf;
    last_ = mbuf;
    ++head_.mbuf()->nb_segs;
    head_.mbuf()->pkt_len += mbuf->data_len;
  }
  Packet take() { return std::move(head_); }

 private:
  Packet head_;
  rte_mbuf* last_;
};

}  // namespace sluice
