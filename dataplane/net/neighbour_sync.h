// What workers tell each other about the links: worker 0 speaks ARP and neighbour discovery for all, the others ask it.
//
// Plain structs for the worker's rings. Any may be lost to a full ring: all are said again in time.
#pragma once

#include "net/link_index.h"
#include "sluice/ip_address.h"
#include "sluice/units.h"
#include "wire/ethernet.h"

namespace sluice::net {

struct NeighbourKey {
  LinkIndex link;
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

// Worker 0 to the others: what neighbour discovery has found out about an address.
struct AddressNotice {
  enum class What : uint8_t {
    kDuplicate,     // an address of ours that another node has: not to be used
    kRouter,        // a router that advertises itself
    kRouterGone,    // it does so no longer
    kRouterSilent,  // it does, but does not answer: any other is preferred
  };
  What what = What::kDuplicate;
  NeighbourKey address;
};

// Wired by the worker to its rings.
class NeighbourSync {
 public:
  virtual void publish(const NeighbourUpdate& update) = 0;  // called on worker 0, for all others
  virtual void publish(const AddressNotice& notice) = 0;    // called on worker 0, for all others
  virtual void request(const ResolveRequest& request) = 0;  // called on the others, for worker 0

 protected:
  ~NeighbourSync() = default;
};

}  // namespace sluice::net
