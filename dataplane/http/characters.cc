#include "http/characters.h"

#include <emmintrin.h>

#include <algorithm>
#include <cstring>

namespace sluice::http {

namespace {

bool is_control(char c) {
  return (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f;
}

// Sixteen bytes at once.
bool has_control(__m128i bytes) {
  const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
  const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
  return _mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del)) != 0;
}

template <typename Word>
Word load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

// What is left over is covered by a last load that overlaps the one before it.
bool has_control(std::string_view text) {
  const char* at = text.data();
  const char* end = at + text.size();
  if (text.size() >= 16) {
    for (; end - at > 16; at += 16) {
      if (has_control(load<__m128i>(at))) return true;
    }
    return has_control(load<__m128i>(end - 16));
  }
  if (text.size() >= 8) return has_control(_mm_set_epi64x(load<int64_t>(end - 8), load<int64_t>(at)));
  if (text.size() >= 4) {
    const int head = load<int>(at);
    return has_control(_mm_set_epi32(head, head, head, load<int>(end - 4)));
  }
  return std::any_of(at, end, is_control);
}

size_t find_control(std::string_view text) {
  return static_cast<size_t>(std::find_if(text.begin(), text.end(), is_control) - text.begin());
}

}  // namespace sluice::http
