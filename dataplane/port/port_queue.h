// PortQueue: a worker's end of a port: one receive and one transmit queue. Polled by one worker.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "packet/packet.h"
#include "sluice/counters.h"

struct rte_mbuf;

namespace sluice::port {

class PortQueue {
 public:
  // Frames that are received or sent at a time.
  static constexpr unsigned kBurst = 32;

  // device_id: Port::facts(). REQUIRES: queue < Port::facts().queues.
  PortQueue(uint16_t device_id, uint16_t queue, Counters& counters)
      : device_id_(device_id), queue_(queue), counters_(counters) {}
  ~PortQueue();
  PortQueue(const PortQueue&) = delete;
  PortQueue& operator=(const PortQueue&) = delete;

  // Takes what has arrived into the front of `out`; returns how many frames. Each is one buffer: a frame that came in
  // several and does not fit into its first is dropped and counted.
  unsigned receive(std::span<Packet, kBurst> out);

  // Sends a frame, at the latest with flush().
  void transmit(Packet frame) {
    waiting_[waiting_count_++] = frame.release();
    if (waiting_count_ == kBurst) flush();
  }
  // Hands the device all that waits. What it does not take at once is dropped and counted: waiting would stall every
  // connection of the worker, and TCP sends again.
  void flush();

 private:
  unsigned prepare();

  uint16_t device_id_;
  uint16_t queue_;
  unsigned waiting_count_ = 0;
  Counters& counters_;
  std::array<rte_mbuf*, kBurst> waiting_{};
};

}  // namespace sluice::port
