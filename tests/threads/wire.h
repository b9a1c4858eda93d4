// Wire: a network port in memory, with a queue pair a worker, and the peer at its other end. No EAL.
//
// Made by a test, outlives its queues. A frame crosses as a copy of its bytes, as a device moves it: each queue's
// frames into buffers of the worker that polls it. Rings have one producer and one consumer: the peer's thread and one
// worker's.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/spsc_ring.h"
#include "packet/packet_pool.h"
#include "port/frame_queue.h"
#include "sluice/counters.h"

namespace sluice::threads {

class Wire {
 public:
  struct Frame {
    uint16_t size = 0;
    std::array<std::byte, PacketPool::kDataRoom> bytes;

    std::span<const std::byte> view() const { return std::span(bytes).first(size); }
  };
  using Ring = SpscRing<Frame>;

  Wire(unsigned queues, size_t frames_each) {
    for (unsigned i = 0; i < queues; ++i) pairs_.push_back(std::make_unique<Pair>(frames_each));
  }

  unsigned queues() const { return static_cast<unsigned>(pairs_.size()); }

  // A worker's end of queue `queue`.
  std::unique_ptr<port::FrameQueue> worker_end(unsigned queue, PacketPool& packets, Counters& counters);

  // The peer's end. False: the device's ring is full.
  [[nodiscard]] bool try_send(unsigned queue, std::span<const std::byte> frame);
  // False: nothing has come out of any queue.
  [[nodiscard]] bool try_receive(Frame& frame);

 private:
  struct Pair {
    explicit Pair(size_t frames) : to_worker(frames), from_worker(frames) {}
    Ring to_worker;
    Ring from_worker;
  };
  class WorkerEnd;

  std::vector<std::unique_ptr<Pair>> pairs_;
};

}  // namespace sluice::threads
