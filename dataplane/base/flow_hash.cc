#include "base/flow_hash.h"

#include <algorithm>

namespace sluice {

namespace {

// The 32 bits of the key from bit `position` on.
uint32_t key_window(std::span<const uint8_t> key, size_t position) {
  uint64_t bits = 0;
  for (size_t i = 0; i < 5; ++i) bits = bits << 8 | key[position / 8 + i];
  return static_cast<uint32_t>(bits >> (8 - position % 8));
}

}  // namespace

FlowOwners::FlowOwners(unsigned workers, const ToeplitzKey& key) : workers_(workers) {
  std::copy(key.begin(), key.end(), device_key_.begin());
  for (size_t place = 0; place < kNibbles; ++place) {
    for (uint32_t value = 0; value < 16; ++value) {
      for (size_t bit = 0; bit < 4; ++bit) {
        if ((value & (8u >> bit)) != 0) contributions_[place][value] ^= key_window(device_key_, place * 4 + bit);
      }
    }
  }
}

uint32_t FlowOwners::word_hash(uint32_t word, size_t place) const {
  uint32_t hash = 0;
  for (size_t i = 0; i < 8; ++i) hash ^= contributions_[place + i][word >> (28 - 4 * i) & 15];
  return hash;
}

uint32_t FlowOwners::address_hash(const IpAddress& address, size_t place) const {
  uint32_t hash = 0;
  const auto& bytes = address.bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    hash ^= contributions_[place + 2 * i][bytes[i] >> 4] ^ contributions_[place + 2 * i + 1][bytes[i] & 15];
  }
  return hash;
}

uint32_t FlowOwners::hash(const Endpoint& remote, const Endpoint& local) const {
  const uint32_t ports = uint32_t{remote.port.value} << 16 | local.port.value;
  if (remote.address.is_v4() && local.address.is_v4()) {
    return word_hash(remote.address.v4_host_order(), 0) ^ word_hash(local.address.v4_host_order(), 8) ^
           word_hash(ports, 16);
  }
  return address_hash(remote.address, 0) ^ address_hash(local.address, 32) ^ word_hash(ports, 64);
}

}  // namespace sluice
