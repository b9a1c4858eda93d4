// Receive-side scaling: lets a device put each TCP segment into the queue of the worker that owns its flow.
#pragma once

#include <rte_ethdev.h>

#include "base/flow_hash.h"

namespace sluice::port {

class Rss {
 public:
  // What the device can do; net_tap advertises RSS that it cannot do. owners outlives the device.
  Rss(const rte_eth_dev_info& info, const FlowOwners& owners);

  // The device can hash as base/flow_hash.h does.
  bool usable() const { return usable_; }
  // And distribute as it does. Otherwise the queues share the load, but the workers have to steer.
  bool exact() const {
    return usable_ && table_entries_ >= owners_.buckets() && table_entries_ % owners_.buckets() == 0;
  }

  // Enters the key into `config`. REQUIRES: usable().
  void configure(rte_eth_conf& config) const;

  // Sees to it that a configured device has the key, which some do not take while they are configured, and deals its
  // buckets to its queues, one a worker; false when it refuses, or keeps another key. REQUIRES: exact().
  bool program(uint16_t device_id) const;

 private:
  bool has_key(uint16_t device_id) const;
  rte_eth_rss_conf hash_settings() const;
  bool program_table(uint16_t device_id) const;

  const FlowOwners& owners_;
  unsigned table_entries_;
  uint64_t hash_kinds_;
  uint8_t key_bytes_;
  bool usable_;
};

}  // namespace sluice::port
