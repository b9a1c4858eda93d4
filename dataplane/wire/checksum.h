// The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words.
//
// Pure arithmetic, used by wire/, net/ and tcp/. All values are in host order; wire/ writes them big-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sluice/ip_address.h"

namespace sluice::wire {

// A running sum over bytes that arrive in pieces of any length, odd ones included.
class InternetChecksum {
 public:
  void add(std::span<const std::byte> bytes);
  // Adds a field of a header. REQUIRES: an even number of bytes so far.
  void add_u16(uint16_t value) { add_folded(__builtin_bswap16(value)); }

  // The folded sum, not complemented: what the field holds while a NIC is to finish the checksum.
  uint16_t sum() const;
  // What belongs in the header's field. Over a header that already holds its checksum this is 0 if it is right.
  uint16_t checksum() const { return static_cast<uint16_t>(~sum()); }

 private:
  // `value`: a sum in the byte order of memory.
  void add_folded(uint64_t value) { sum_ += value; }

  uint64_t sum_ = 0;  // in the byte order of memory (RFC 1071 2.B); 48 bits of room for carries
  bool odd_ = false;  // an odd number of bytes so far: the next piece counts with its bytes swapped
};

// The checksum of one contiguous piece.
uint16_t internet_checksum(std::span<const std::byte> bytes);

// The sum with which TCP, UDP and ICMPv6 checksums begin (RFC 9293 3.1, RFC 8200 8.1). One form serves both families:
// the prefix 0:0:0:0:0:ffff of an IPv4 address adds nothing to a one's complement sum.
// length: bytes of the transport header and its payload.
InternetChecksum pseudo_header_sum(const IpAddress& source, const IpAddress& destination, uint8_t protocol,
                                   uint32_t length);

// The checksum after one 16-bit word under it has changed (RFC 1624, equation 3).
constexpr uint16_t updated_checksum(uint16_t checksum, uint16_t old_word, uint16_t new_word) {
  uint32_t sum = uint32_t{static_cast<uint16_t>(~checksum)} + static_cast<uint16_t>(~old_word) + new_word;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace sluice::wire
