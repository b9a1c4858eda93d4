// SipHash-2-4 (Aumasson, Bernstein 2012): a keyed hash of short inputs that an attacker cannot steer.
//
// For hash tables whose keys come from the network, initial sequence numbers (RFC 6528) and source ports (RFC 6056).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice {

struct SipKey {
  uint64_t k0 = 0;
  uint64_t k1 = 0;
};

uint64_t siphash(const SipKey& key, std::span<const std::byte> input);

}  // namespace sluice
