// Which worker a TCP connection belongs to: the Toeplitz hash that NICs steer by (RSS), in software.
//
// Pure. port/ programs devices with this key and table, net/ steers with it what no device has steered, tcp/ chooses
// source ports whose answers come home by it: all agree on the owner without asking each other.
#pragma once

#include <array>
#include <cstdint>

#include "sluice/ip_address.h"
#include "sluice/units.h"

namespace sluice {

// The key of Microsoft's RSS specification, whose published hashes the tests hold this code against.
inline constexpr std::array<uint8_t, 40> kToeplitzKey = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                                         0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                                         0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                                         0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

// The Toeplitz hash of addresses and ports of a segment from `remote` to `local`, as a NIC computes it on arrival. Both
// of one family.
uint32_t flow_hash(const Endpoint& remote, const Endpoint& local);

// The redirection table has this many buckets, dealt to the workers in turn. Devices have 128 entries or a multiple.
inline constexpr unsigned kFlowBuckets = 128;

// workers: 1 to kMaxWorkers.
constexpr WorkerId owner_of_hash(uint32_t hash, unsigned workers) {
  return WorkerId{static_cast<uint8_t>(hash % kFlowBuckets % workers)};
}

inline WorkerId owner_of_flow(const Endpoint& remote, const Endpoint& local, unsigned workers) {
  return workers == 1 ? WorkerId{0} : owner_of_hash(flow_hash(remote, local), workers);
}

}  // namespace sluice
