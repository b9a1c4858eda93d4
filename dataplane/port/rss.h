// Receive-side scaling: lets a device put each TCP segment into the queue of the worker that owns its flow.
#pragma once

#include <rte_ethdev.h>

namespace sluice::port {

class Rss {
 public:
  // What the device can do; net_tap advertises RSS that it cannot do.
  Rss(const rte_eth_dev_info& info, unsigned queues);

  // The device can hash and distribute exactly as base/flow_hash.h does.
  bool usable() const { return usable_; }

  // Enters the key into `config`. REQUIRES: usable().
  void configure(rte_eth_conf& config) const;

  // Deals the buckets of a configured device to its queues; false when it refuses.
  bool program_table(uint16_t device_id) const;

 private:
  unsigned queues_;
  unsigned table_entries_;
  uint64_t hash_kinds_;
  uint8_t key_bytes_;
  bool usable_;
};

}  // namespace sluice::port
