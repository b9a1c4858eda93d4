// ByteReader: reads big-endian fields off a span and never past its end. One failed read makes all later ones fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  uint8_t u8() { return static_cast<uint8_t>(read(1)); }
  uint16_t u16() { return static_cast<uint16_t>(read(2)); }
  uint32_t u32() { return static_cast<uint32_t>(read(4)); }

  // The next n bytes, or an empty span (and !ok()) when fewer are left.
  std::span<const std::byte> take(size_t n) {
    if (n > bytes_.size()) {
      fail();
      return {};
    }
    auto head = bytes_.first(n);
    bytes_ = bytes_.subspan(n);
    return head;
  }

  size_t left() const { return bytes_.size(); }
  bool ok() const { return ok_; }

 private:
  uint64_t read(size_t n) {
    uint64_t value = 0;
    for (std::byte b : take(n)) value = value << 8 | static_cast<uint64_t>(b);
    return value;
  }
  void fail() {
    ok_ = false;
    bytes_ = {};
  }

  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

}  // namespace sluice
