// Steering: which worker a frame belongs to, before anything of it is validated.
//
// Called by the worker that took the frame from a device queue; a frame of another goes onto that one's ring. Pure.
#pragma once

#include <cstddef>
#include <span>

#include "base/flow_hash.h"
#include "sluice/units.h"

namespace sluice::net {

struct Steering {
  const FlowOwners& owners;  // outlives it
  // The device puts TCP segments over IPv4 into their owner's queue by base/flow_hash.h (RSS), so only the rest is
  // looked at.
  bool by_device = false;

  // TCP: the owner of its flow. An ICMP error: the owner of the flow it quotes. ARP, neighbour discovery and IP
  // fragments: worker 0. Everything else, malformed frames included: `receiver`, who took it from its queue.
  WorkerId owner_of(std::span<const std::byte> frame, WorkerId receiver) const;
};

}  // namespace sluice::net
