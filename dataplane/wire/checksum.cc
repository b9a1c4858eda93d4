#include "wire/checksum.h"

#include <bit>
#include <cstring>

namespace sluice::wire {

namespace {

static_assert(std::endian::native == std::endian::little, "sums are kept in memory order and swapped when read");

uint16_t fold(uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

template <typename Word>
Word load(const std::byte* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Eight bytes a step; the carries collect in the upper half. A 64-bit word is four 16-bit words whose places do not
// matter to the folded sum (RFC 1071 2.C).
uint16_t folded_sum(std::span<const std::byte> bytes) {
  unsigned __int128 wide = 0;
  const std::byte* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) wide += load<uint64_t>(at);
  uint64_t tail = 0;
  if (left > 0) std::memcpy(&tail, at, left);
  wide += tail;
  return fold(uint64_t{fold(static_cast<uint64_t>(wide))} + fold(static_cast<uint64_t>(wide >> 64)));
}

}  // namespace

void InternetChecksum::add(std::span<const std::byte> bytes) {
  const uint16_t piece = folded_sum(bytes);
  add_folded(odd_ ? __builtin_bswap16(piece) : piece);
  odd_ ^= bytes.size() % 2 == 1;
}

uint16_t InternetChecksum::sum() const {
  return __builtin_bswap16(fold(sum_));
}

uint16_t internet_checksum(std::span<const std::byte> bytes) {
  InternetChecksum sum;
  sum.add(bytes);
  return sum.checksum();
}

InternetChecksum pseudo_header_sum(const IpAddress& source, const IpAddress& destination, uint8_t protocol,
                                   uint32_t length) {
  InternetChecksum sum;
  sum.add(std::as_bytes(std::span(source.bytes())));
  sum.add(std::as_bytes(std::span(destination.bytes())));
  sum.add_u16(static_cast<uint16_t>(length >> 16));
  sum.add_u16(static_cast<uint16_t>(length));
  sum.add_u16(protocol);
  return sum;
}

}  // namespace sluice::wire
