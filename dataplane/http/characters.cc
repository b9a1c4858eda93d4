#include "http/characters.h"

#include <emmintrin.h>

#include <bit>

namespace sluice::http {

namespace {

bool is_control(char c) {
  return (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f;
}

}  // namespace

size_t find_control(std::string_view text) {
  size_t at = 0;
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    const int found = _mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del));
    if (found != 0) return at + static_cast<size_t>(std::countr_zero(static_cast<unsigned>(found)));
  }
  while (at < text.size() && !is_control(text[at])) ++at;
  return at;
}

}  // namespace sluice::http
