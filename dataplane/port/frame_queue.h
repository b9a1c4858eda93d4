// FrameQueue: one worker's end of one port, as all above it sees it: frames in, frames out, a burst at a time.
//
// Polled by one worker. PortQueue is the one over a device; tests have others in memory, without EAL.
#pragma once

#include <span>

#include "packet/packet.h"

namespace sluice::port {

class FrameQueue {
 public:
  // Frames that are received or sent at a time.
  static constexpr unsigned kBurst = 32;

  virtual ~FrameQueue() = default;

  // Takes what has arrived into the front of `out`; returns how many frames. Each is one buffer.
  virtual unsigned receive(std::span<Packet, kBurst> out) = 0;

  // Sends a frame, at the latest with flush(). What is not taken is dropped and counted.
  virtual void transmit(Packet frame) = 0;
  virtual void flush() = 0;
};

}  // namespace sluice::port
