#include "base/flow_hash.h"

#include <cstddef>

namespace sluice {

namespace {

constexpr size_t kMaxInput = 36;
constexpr size_t kNibbles = kMaxInput * 2;

// The 32 bits of the key from bit `position` on.
constexpr uint32_t key_window(size_t position) {
  uint64_t bits = 0;
  for (size_t i = 0; i < 5; ++i) {
    const size_t byte = position / 8 + i;
    bits = bits << 8 | (byte < kToeplitzKey.size() ? kToeplitzKey[byte] : 0);
  }
  return static_cast<uint32_t>(bits >> (8 - position % 8));
}

// The hash is linear over XOR: what each value of each 4-bit place contributes is known beforehand (4.6 KB).
constexpr auto kContributions = [] {
  std::array<std::array<uint32_t, 16>, kNibbles> table{};
  for (size_t place = 0; place < kNibbles; ++place) {
    for (uint32_t value = 0; value < 16; ++value) {
      for (size_t bit = 0; bit < 4; ++bit) {
        if ((value & (8u >> bit)) != 0) table[place][value] ^= key_window(place * 4 + bit);
      }
    }
  }
  return table;
}();

// What 32 bits contribute that stand `place` nibbles into the input.
uint32_t word_hash(uint32_t word, size_t place) {
  uint32_t hash = 0;
  for (size_t i = 0; i < 8; ++i) hash ^= kContributions[place + i][word >> (28 - 4 * i) & 15];
  return hash;
}

uint32_t address_hash(const IpAddress& address, size_t place) {
  uint32_t hash = 0;
  const auto& bytes = address.bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    hash ^= kContributions[place + 2 * i][bytes[i] >> 4] ^ kContributions[place + 2 * i + 1][bytes[i] & 15];
  }
  return hash;
}

}  // namespace

uint32_t flow_hash(const Endpoint& remote, const Endpoint& local) {
  const uint32_t ports = uint32_t{remote.port.value} << 16 | local.port.value;
  if (remote.address.is_v4() && local.address.is_v4()) {
    return word_hash(remote.address.v4_host_order(), 0) ^ word_hash(local.address.v4_host_order(), 8) ^
           word_hash(ports, 16);
  }
  return address_hash(remote.address, 0) ^ address_hash(local.address, 32) ^ word_hash(ports, 64);
}

}  // namespace sluice
