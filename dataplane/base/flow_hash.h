// FlowOwners: which worker a TCP connection belongs to, by the Toeplitz hash that NICs steer by (RSS), in software.
//
// Made once, before the workers; the same for all of them and never changed. port/ programs devices with its key and
// table, net/ steers with it what no device has steered, tcp/ chooses source ports whose answers come home by it: all
// agree on the owner without asking each other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sluice/ip_address.h"
#include "sluice/units.h"

namespace sluice {

using ToeplitzKey = std::array<uint8_t, 40>;

// The key of Microsoft's RSS specification, whose published hashes the tests hold this code against. A process that
// strangers reach takes a random one: whoever knows the key finds ports that all lead to one worker.
inline constexpr ToeplitzKey kPublishedToeplitzKey = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                                      0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                                      0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                                      0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

class FlowOwners {
 public:
  // workers: 1 to kMaxWorkers.
  explicit FlowOwners(unsigned workers, const ToeplitzKey& key = kPublishedToeplitzKey);
  FlowOwners(const FlowOwners&) = delete;
  FlowOwners& operator=(const FlowOwners&) = delete;

  unsigned workers() const { return workers_; }

  // The Toeplitz hash of addresses and ports of a segment from `remote` to `local`, as a NIC computes it on arrival.
  // Both of one family.
  uint32_t hash(const Endpoint& remote, const Endpoint& local) const;

  WorkerId owner_of(const Endpoint& remote, const Endpoint& local) const {
    return workers_ == 1 ? WorkerId{0} : owner_of_hash(hash(remote, local));
  }

  // The redirection table has this many buckets, dealt to the workers in turn: so many that no worker has half as much
  // again as another, and no more, as devices with few queues have short tables.
  unsigned buckets() const { return workers_ <= kWorkersOfAShortTable ? 128 : 512; }
  WorkerId owner_of_hash(uint32_t hash) const { return WorkerId{static_cast<uint8_t>(hash % buckets() % workers_)}; }

  // The key with zeros behind it, for devices whose keys are longer than any input of ours needs.
  std::span<const uint8_t> device_key() const { return device_key_; }

 private:
  static constexpr unsigned kWorkersOfAShortTable = 16;
  static constexpr size_t kMaxInput = 36;
  static constexpr size_t kNibbles = kMaxInput * 2;

  // What 32 bits, or an address, contribute that stand `place` nibbles into the input.
  uint32_t word_hash(uint32_t word, size_t place) const;
  uint32_t address_hash(const IpAddress& address, size_t place) const;

  const unsigned workers_;
  std::array<uint8_t, 128> device_key_{};
  // The hash is linear over XOR: what each value of each 4-bit place contributes is known beforehand.
  std::array<std::array<uint32_t, 16>, kNibbles> contributions_{};
};

}  // namespace sluice
