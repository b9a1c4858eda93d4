// What workers tell each other about neighbours: worker 0 speaks ARP for all, the others ask it.
//
// Plain structs for the worker's rings. Either may be lost to a full ring: both are said again in time.
#pragma once

#include "sluice/ip_address.h"
#include "sluice/units.h"
#include "wire/ethernet.h"

namespace sluice::net {

struct NeighbourKey {
  PortIndex port;
  IpAddress address;
  bool operator==(const NeighbourKey&) const = default;
};

// Worker 0 to the others: this is its link address, as of now.
struct NeighbourUpdate {
  NeighbourKey neighbour;
  wire::MacAddress mac;
};

// The others to worker 0: a packet waits for this link address.
struct ResolveRequest {
  NeighbourKey neighbour;
};

// Wired by the worker to its rings.
class NeighbourSync {
 public:
  virtual void publish(const NeighbourUpdate& update) = 0;  // called on worker 0, for all others
  virtual void request(const ResolveRequest& request) = 0;  // called on the others, for worker 0

 protected:
  ~NeighbourSync() = default;
};

}  // namespace sluice::net
