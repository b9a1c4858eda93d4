// ExceptionPath: one worker's part in handing the kernel what arrives for it (net/exception_filter.h), and in sending
// what the kernel says.
//
// Owned by the worker. Each port with an exception path has a TAP device beside it, with a queue for each worker: a
// frame never changes workers on this way. Does nothing where no port has one.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/worker_context.h"
#include "net/exception_filter.h"
#include "packet/packet_pool.h"
#include "port/frame_queue.h"

namespace sluice::worker {

class ExceptionPath {
 public:
  // ends: this worker's queues of the kernel's devices, by PortIndex; nullptr: the port has no such path. packets: for
  // copies of what both hear.
  ExceptionPath(WorkerContext& context, PacketPool& packets, std::vector<std::unique_ptr<port::FrameQueue>> ends,
                net::Config config, net::ExceptionFilter::OurPorts our_ports);
  ExceptionPath(const ExceptionPath&) = delete;
  ExceptionPath& operator=(const ExceptionPath&) = delete;

  // Gives the kernel its part of what arrived. The frame comes back if it is ours; otherwise an empty Packet.
  Packet sort(PortIndex port, Packet frame);

  // Takes at most a burst of the kernel's frames from each port's device, for `transmit(PortIndex, Packet)`. Returns
  // how many there were.
  template <typename Transmit>
  unsigned poll(const Transmit& transmit) {
    unsigned frames = 0;
    std::array<Packet, port::FrameQueue::kBurst> burst;
    for (uint8_t i = 0; i < ends_.size(); ++i) {
      if (ends_[i] == nullptr) continue;
      const unsigned n = ends_[i]->receive(burst);
      for (unsigned k = 0; k < n; ++k) transmit(PortIndex{i}, std::move(burst[k]));
      frames += n;
    }
    if (frames > 0) context_.count(Counter::kWorkerFromKernel, frames);
    return frames;
  }

  // Hands the kernel what was sorted out in this turn.
  void flush();

 private:
  void hand_over(PortIndex port, Packet frame);
  Packet copy_of(const Packet& frame);

  WorkerContext& context_;
  PacketPool& packets_;
  const std::vector<std::unique_ptr<port::FrameQueue>> ends_;  // by PortIndex
  const net::Config config_;
  const net::ExceptionFilter filter_;
};

}  // namespace sluice::worker
