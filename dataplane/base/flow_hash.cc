#include "base/flow_hash.h"

#include <algorithm>

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

// Appends an address as it stands on the wire: 4 bytes or 16.
uint8_t* put_address(uint8_t* at, const IpAddress& address) {
  const auto& bytes = address.bytes();
  return std::copy(bytes.begin() + (address.is_v4() ? 12 : 0), bytes.end(), at);
}

uint8_t* put_port(uint8_t* at, Port port) {
  *at++ = static_cast<uint8_t>(port.value >> 8);
  *at++ = static_cast<uint8_t>(port.value);
  return at;
}

}  // namespace

uint32_t toeplitz_hash(std::span<const uint8_t> input) {
  uint32_t hash = 0;
  for (size_t i = 0; i < input.size(); ++i) {
    hash ^= kContributions[2 * i][input[i] >> 4] ^ kContributions[2 * i + 1][input[i] & 15];
  }
  return hash;
}

uint32_t flow_hash(const Endpoint& remote, const Endpoint& local) {
  uint8_t input[kMaxInput];
  uint8_t* end = put_address(put_address(input, remote.address), local.address);
  end = put_port(put_port(end, remote.port), local.port);
  return toeplitz_hash({input, end});
}

}  // namespace sluice
