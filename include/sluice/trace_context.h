// TraceContext: the trace that a request is part of, and the formats in which traces are told from one program to the
// next.
//
// Made by opentelemetry, kept in the request's AccessRecord, read by what logs and exports it. Plain data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sluice {

// The headers in which a trace is told.
enum class TraceFormat : uint8_t { kB3, kB3Single, kW3c, kJaeger, kOt, kAws, kGcp, kDatadog };
inline constexpr size_t kTraceFormats = 8;
constexpr std::array<std::string_view, kTraceFormats> names_of(TraceFormat) {
  return {"b3", "b3-single", "w3c", "jaeger", "ot", "aws", "gcp", "datadog"};
}

using TraceId = std::array<uint8_t, 16>;
using SpanId = std::array<uint8_t, 8>;

struct TraceContext {
  TraceId trace_id{};
  SpanId span_id{};           // ours
  SpanId parent_id{};         // the caller's; zero: none is known
  uint8_t told_id_bytes = 0;  // how long the caller's id of the trace was; 0: the trace begins here
  uint8_t told_formats = 0;   // a bit for each TraceFormat in which the origin was told
  bool begun = false;         // false: no plugin traces this request
  bool sampled = false;

  bool begins_here() const { return told_id_bytes == 0; }
  bool has_parent() const { return parent_id != SpanId{}; }

  void add_told(TraceFormat format) { told_formats = static_cast<uint8_t>(told_formats | bit(format)); }
  bool is_told(TraceFormat format) const { return (told_formats & bit(format)) != 0; }

  // The trace's id as `format` has it: where a format has ids of two lengths, as long as the caller's, and the last
  // bytes where it has shorter ones.
  std::span<const uint8_t> id_in(TraceFormat format) const {
    const std::span<const uint8_t> whole(trace_id);
    const bool is_short = format == TraceFormat::kOt ? told_id_bytes != 16 : told_id_bytes == 8;
    switch (format) {
      case TraceFormat::kDatadog:
        return whole.last(8);
      case TraceFormat::kB3:
      case TraceFormat::kB3Single:
      case TraceFormat::kJaeger:
      case TraceFormat::kOt:
        return is_short ? whole.last(8) : whole;
      case TraceFormat::kW3c:
      case TraceFormat::kAws:
      case TraceFormat::kGcp:
        return whole;
    }
    return whole;
  }

 private:
  static constexpr uint8_t bit(TraceFormat format) { return static_cast<uint8_t>(1u << static_cast<unsigned>(format)); }
};

// Eight bytes as the number that they are, the first one the highest: how ids are told in decimal digits.
constexpr uint64_t id_number(std::span<const uint8_t, 8> id) {
  uint64_t number = 0;
  for (const uint8_t byte : id) number = number << 8 | byte;
  return number;
}

}  // namespace sluice
