// IpAddress, Cidr, Endpoint: one 16-byte address type for IPv4 and IPv6.
//
// IPv4 is kept as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that a table, a hash or a comparison needs no second case.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sluice/units.h"

namespace sluice {

class IpAddress {
 public:
  constexpr IpAddress() = default;
  // host_order: 198.18.0.1 is 0xC6120001.
  static constexpr IpAddress v4(uint32_t host_order) {
    IpAddress a;
    a.bytes_ = {0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0xff,
                0xff,
                static_cast<uint8_t>(host_order >> 24),
                static_cast<uint8_t>(host_order >> 16),
                static_cast<uint8_t>(host_order >> 8),
                static_cast<uint8_t>(host_order)};
    return a;
  }
  static constexpr IpAddress v6(const std::array<uint8_t, 16>& network_order) {
    IpAddress a;
    a.bytes_ = network_order;
    return a;
  }
  // Dotted decimal without leading zeros, or RFC 4291 2.2 text without a zone. Nothing before or after.
  static std::optional<IpAddress> parse(std::string_view text);

  constexpr bool is_v4() const {
    for (int i = 0; i < 10; ++i) {
      if (bytes_[i] != 0) return false;
    }
    return bytes_[10] == 0xff && bytes_[11] == 0xff;
  }
  // REQUIRES: is_v4().
  constexpr uint32_t v4_host_order() const {
    return uint32_t{bytes_[12]} << 24 | uint32_t{bytes_[13]} << 16 | uint32_t{bytes_[14]} << 8 | bytes_[15];
  }
  constexpr bool is_unspecified() const { return *this == IpAddress() || *this == v4(0); }
  constexpr const std::array<uint8_t, 16>& bytes() const { return bytes_; }

  // Dotted decimal, or RFC 5952 text. `out` of at least kMaxTextLength bytes; returns the part that was written.
  static constexpr size_t kMaxTextLength = 46;
  std::string_view format(std::span<char> out) const;
  std::string to_string() const;

  constexpr auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<uint8_t, 16> bytes_{};
};

// A prefix: the addresses whose first `length` bits equal those of `base`. For IPv4 the text's 0..32 is kept
// as 96..128.
struct Cidr {
  IpAddress base;
  uint8_t length = 128;  // bits of the 16-byte form, 0..128

  // "a.b.c.d/n", "x::y/n", or an address alone (a prefix of one). Host bits may be set; they are cleared.
  static std::optional<Cidr> parse(std::string_view text);
  bool contains(const IpAddress& a) const;
  std::string to_string() const;
  auto operator<=>(const Cidr&) const = default;
};

struct Endpoint {
  IpAddress address;
  Port port;
  constexpr auto operator<=>(const Endpoint&) const = default;
};

}  // namespace sluice
