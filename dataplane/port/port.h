// Port: one network port: a device of any DPDK driver, configured and started.
//
// Opened and closed by the control thread while no worker polls it; its queues are polled by workers (port_queue.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/flow_hash.h"
#include "packet/packet.h"
#include "packet/packet_pool.h"
#include "port/start_error.h"
#include "sluice/policy/node_ports.h"
#include "sluice/result.h"

struct rte_device;

namespace sluice::port {

class Port {
 public:
  // What the device turned out to be.
  struct Facts {
    uint16_t device_id = 0;  // DPDK's
    std::string driver;
    policy::MacAddress mac;
    unsigned queues = 1;  // pairs of receive and transmit queue; queue q belongs to worker q
    TransmitOffloads offloads;
    // TCP segments arrive in the queue of their owner by base/flow_hash.h. Otherwise the receiver steers in software.
    bool steers_flows = false;
  };

  // pools: one a worker, by WorkerId. The port gets one queue a worker, or settings.queues, or as many as the device
  // has, whichever is least. owners: of the flows, for devices that steer; outlives the port, as drivers keep its key.
  static Result<std::unique_ptr<Port>, StartError> open(const policy::NodePort& settings,
                                                        std::span<const std::unique_ptr<PacketPool>> pools,
                                                        const FlowOwners& owners);
  // Stops and closes the device. REQUIRES: no worker polls it.
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  const Facts& facts() const { return facts_; }
  bool link_up() const;

 private:
  Port(Facts facts, rte_device* attached) : facts_(std::move(facts)), attached_(attached) {}

  Facts facts_;
  rte_device* attached_;  // the virtual device that was made for this port; nullptr for one that EAL found
};

}  // namespace sluice::port
