// FourTuple: what names a connection, from our side.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>

#include "base/siphash.h"
#include "sluice/ip_address.h"

namespace sluice::tcp {

struct FourTuple {
  Endpoint local;
  Endpoint remote;
  bool operator==(const FourTuple&) const = default;
};

// A keyed hash of the tuple: for the table of connections, initial sequence numbers, timestamp offsets and ports.
inline uint64_t keyed_hash(const SipKey& key, const FourTuple& tuple) {
  std::array<std::byte, 36> input;
  std::memcpy(input.data(), tuple.local.address.bytes().data(), 16);
  std::memcpy(input.data() + 16, tuple.remote.address.bytes().data(), 16);
  std::memcpy(input.data() + 32, &tuple.local.port.value, 2);
  std::memcpy(input.data() + 34, &tuple.remote.port.value, 2);
  return siphash(key, input);
}

}  // namespace sluice::tcp
