// PortQueue: a worker's end of a device: one receive and one transmit queue. Polled by one worker.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "port/frame_queue.h"
#include "sluice/counters.h"

struct rte_mbuf;

namespace sluice::port {

class PortQueue final : public FrameQueue {
 public:
  // device_id: Port::facts(). REQUIRES: queue < Port::facts().queues.
  PortQueue(uint16_t device_id, uint16_t queue, Counters& counters)
      : device_id_(device_id), queue_(queue), counters_(counters) {}
  ~PortQueue() override;
  PortQueue(const PortQueue&) = delete;
  PortQueue& operator=(const PortQueue&) = delete;

  // A frame that came in several buffers and does not fit into its first is dropped and counted.
  unsigned receive(std::span<Packet, kBurst> out) override;

  void transmit(Packet frame) override {
    waiting_[waiting_count_++] = frame.release();
    if (waiting_count_ == kBurst) flush();
  }
  // Hands the device all that waits. What it does not take at once is dropped and counted: waiting would stall every
  // connection of the worker, and TCP sends again.
  void flush() override;

 private:
  unsigned prepare();

  uint16_t device_id_;
  uint16_t queue_;
  unsigned waiting_count_ = 0;
  Counters& counters_;
  std::array<rte_mbuf*, kBurst> waiting_{};
};

}  // namespace sluice::port
