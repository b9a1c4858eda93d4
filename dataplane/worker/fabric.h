// Fabric: the rings between workers, one a direction for each pair, so that every ring has one producer and one
// consumer: frames handed to the worker that owns their flow, frames for a queue that another worker serves, and what
// worker 0 learns about neighbours and addresses.
//
// Made by the dataplane before the workers start; outlives them.
#pragma once

#include <cstddef>
#include <memory>
#include <variant>
#include <vector>

#include "base/spsc_ring.h"
#include "net/neighbour_sync.h"
#include "packet/packet.h"
#include "sluice/units.h"

namespace sluice::worker {

struct SteeredFrame {
  PortIndex port{};
  Packet frame;
};

class Fabric {
 public:
  static constexpr size_t kFrames = 1024;
  static constexpr size_t kNotices = 256;

  using NeighbourNotice = std::variant<net::NeighbourUpdate, net::ResolveRequest, net::AddressNotice>;

  // What one worker sends another.
  struct Lane {
    SpscRing<SteeredFrame> received{kFrames};     // the consumer owns the flow
    SpscRing<SteeredFrame> to_transmit{kFrames};  // the consumer serves the device's queue
    SpscRing<NeighbourNotice> neighbours{kNotices};
  };

  explicit Fabric(unsigned workers) : workers_(workers), lanes_(size_t{workers} * workers) {
    if (workers < 2) return;
    for (auto& lane : lanes_) lane = std::make_unique<Lane>();
  }

  unsigned workers() const { return workers_; }
  // REQUIRES: from != to, both below workers().
  Lane& lane(WorkerId from, WorkerId to) { return *lanes_[size_t{from.value} * workers_ + to.value]; }

 private:
  unsigned workers_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace sluice::worker
