// Big-endian stores, the counterpart of base/byte_reader.h: wire/ writes headers into room that its caller measured.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::wire {

inline void store_u16(std::byte* at, uint16_t value) {
  at[0] = static_cast<std::byte>(value >> 8);
  at[1] = static_cast<std::byte>(value);
}

inline void store_u32(std::byte* at, uint32_t value) {
  store_u16(at, static_cast<uint16_t>(value >> 16));
  store_u16(at + 2, static_cast<uint16_t>(value));
}

}  // namespace sluice::wire
