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

#include "base/flow_hash.h"
#include "base/spsc_ring.h"
#include "net/neighbour_sync.h"
#include "packet/packet.h"
#include "sluice/units.h"

namespace sluice::worker {

struct SteeredFrame {
  PortIndex port{};
  Packet frame;
};

// Of each ring of a fabric.
struct RingCapacity {
  size_t frames = 1024;
  size_t notices = 256;
};

class Fabric {
 public:
  using NeighbourNotice = std::variant<net::NeighbourUpdate, net::ResolveRequest, net::AddressNotice>;

  // What one worker sends another.
  struct Lane {
    explicit Lane(const RingCapacity& capacity)
        : received(capacity.frames), to_transmit(capacity.frames), neighbours(capacity.notices) {}

    SpscRing<SteeredFrame> received;     // the consumer owns the flow
    SpscRing<SteeredFrame> to_transmit;  // the consumer serves the device's queue
    SpscRing<NeighbourNotice> neighbours;
  };

  // owners: of all flows; outlives the fabric.
  explicit Fabric(const FlowOwners& owners, const RingCapacity& capacity = {})
      : owners_(owners), lanes_(size_t{owners.workers()} * owners.workers()) {
    if (workers() < 2) return;
    for (auto& lane : lanes_) lane = std::make_unique<Lane>(capacity);
  }

  unsigned workers() const { return owners_.workers(); }
  const FlowOwners& owners() const { return owners_; }
  // REQUIRES: from != to, both below workers().
  Lane& lane(WorkerId from, WorkerId to) { return *lanes_[size_t{from.value} * workers() + to.value]; }

 private:
  const FlowOwners& owners_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace sluice::worker
