#include "wire/checksum.h"

#include <emmintrin.h>

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

// The sum of the 32-bit words of n / 32 * 32 bytes. A wider word is so many 16-bit words, whose places do not matter to
// the folded sum (RFC 1071 2.C); in 64-bit lanes no carry is lost below 2^32 words.
uint64_t sum_of_blocks(const std::byte* at, size_t n) {
  const __m128i zero = _mm_setzero_si128();
  __m128i even = zero;
  __m128i odd = zero;
  for (; n >= 32; at += 32, n -= 32) {
    const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16));
    even = _mm_add_epi64(even, _mm_add_epi64(_mm_unpacklo_epi32(first, zero), _mm_unpackhi_epi32(first, zero)));
    odd = _mm_add_epi64(odd, _mm_add_epi64(_mm_unpacklo_epi32(second, zero), _mm_unpackhi_epi32(second, zero)));
  }
  const __m128i sum = _mm_add_epi64(even, odd);
  return static_cast<uint64_t>(_mm_cvtsi128_si64(sum)) +
         static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(sum, sum)));
}

uint16_t folded_sum(std::span<const std::byte> bytes) {
  const std::byte* at = bytes.data();
  size_t left = bytes.size();
  uint64_t sum = sum_of_blocks(at, left);
  at += left / 32 * 32;
  left %= 32;
  for (; left >= 4; at += 4, left -= 4) sum += load<uint32_t>(at);
  if (left >= 2) {
    sum += load<uint16_t>(at);
    at += 2;
    left -= 2;
  }
  if (left == 1) sum += load<uint8_t>(at);
  return fold(sum);
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
