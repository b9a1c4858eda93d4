#include "gateway/trace_context.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace sluice::gateway {

namespace {

constexpr size_t kLength = 55;  // of version 00: 2-32-16-2 digits and three dashes
constexpr uint8_t kSampled = 1;

// Lower-case only, as the recommendation has it.
int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool parse_hex(std::string_view text, std::span<uint8_t> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

char* write_hex(std::span<const uint8_t> bytes, char* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const uint8_t byte : bytes) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
  }
  return out;
}

bool is_zero(std::span<const uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; });
}

template <size_t N>
void fill_random(Random& random, std::array<uint8_t, N>& bytes) {
  static_assert(N % sizeof(uint64_t) == 0);
  do {
    for (size_t i = 0; i < N; i += sizeof(uint64_t)) {
      const uint64_t word = random.next();
      std::memcpy(bytes.data() + i, &word, sizeof word);
    }
  } while (is_zero(bytes));
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  // A later version may add to the end (4.3).
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  std::array<uint8_t, 1> version;
  std::array<uint8_t, 1> flags;
  TraceContext trace;
  if (!parse_hex(text, version) || !parse_hex(text.substr(3), trace.trace_id) ||
      !parse_hex(text.substr(36), trace.parent_id) || !parse_hex(text.substr(53), flags)) {
    return std::nullopt;
  }
  const bool length_fits = version[0] == 0 ? text.size() == kLength : text.size() == kLength || text[kLength] == '-';
  if (version[0] == 0xff || !length_fits || is_zero(trace.trace_id) || is_zero(trace.parent_id)) return std::nullopt;
  trace.sampled = (flags[0] & kSampled) != 0;
  return trace;
}

TraceContext begin_span(Random& random, const std::optional<TraceContext>& caller) {
  TraceContext trace = caller.value_or(TraceContext());
  if (!caller) fill_random(random, trace.trace_id);
  fill_random(random, trace.span_id);
  trace.begun = true;
  return trace;
}

std::string_view format_traceparent(const TraceContext& trace, TraceparentText& out) {
  char* end = std::copy_n("00-", 3, out.data());
  end = write_hex(trace.trace_id, end);
  *end++ = '-';
  end = write_hex(trace.span_id, end);
  *end++ = '-';
  *end++ = '0';
  *end++ = trace.sampled ? '1' : '0';
  return {out.data(), out.size()};
}

std::string_view format_trace_id(const TraceContext& trace, TraceIdText& out) {
  write_hex(trace.trace_id, out.data());
  return {out.data(), out.size()};
}

}  // namespace sluice::gateway
