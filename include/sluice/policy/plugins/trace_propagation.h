// TracePropagation: in which formats opentelemetry reads a caller's trace and tells it to the origin. Kong 3.9.1's
// `propagation`, and the older `header_type`.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/trace_context.h"

namespace sluice::policy {

// What is read. The order is that in which Kong has always looked. B3 is one source, whichever of its two forms it has.
enum class TraceSource : uint8_t { kB3, kW3c, kJaeger, kOt, kDatadog, kAws, kGcp };
constexpr std::array<std::string_view, 7> names_of(TraceSource) {
  return {"b3", "w3c", "jaeger", "ot", "datadog", "aws", "gcp"};
}

// The formats with further choices before them.
template <size_t kChoices>
constexpr std::array<std::string_view, kChoices + kTraceFormats> before_trace_formats(
    const std::array<std::string_view, kChoices>& choices) {
  std::array<std::string_view, kChoices + kTraceFormats> names;
  const auto formats = names_of(TraceFormat{});
  std::copy(formats.begin(), formats.end(), std::copy(choices.begin(), choices.end(), names.begin()));
  return names;
}

// What is written: a format, or that of the caller.
enum class TraceInjection : uint8_t { kPreserve, kFirstFormat };
constexpr auto names_of(TraceInjection) {
  return before_trace_formats<1>({"preserve"});
}
constexpr TraceInjection injection_of(TraceFormat format) {
  return static_cast<TraceInjection>(static_cast<uint8_t>(TraceInjection::kFirstFormat) + static_cast<uint8_t>(format));
}
// REQUIRES: not kPreserve.
constexpr TraceFormat format_of(TraceInjection injection) {
  return static_cast<TraceFormat>(static_cast<uint8_t>(injection) - static_cast<uint8_t>(TraceInjection::kFirstFormat));
}

// The older way to say both: all is read and the caller's format is written, and one more where it names one; or
// nothing is read.
enum class TraceHeaderType : uint8_t { kPreserve, kIgnore, kFirstFormat };
constexpr auto names_of(TraceHeaderType) {
  return before_trace_formats<2>({"preserve", "ignore"});
}

struct TracePropagation {
  std::optional<std::vector<TraceSource>> extract;
  std::optional<std::vector<std::string>> clear;
  std::optional<std::vector<TraceInjection>> inject;
  TraceFormat default_format = TraceFormat::kW3c;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("extract", s.extract, {.help = "formats to read: the first one that is there counts"});
    visit("clear", s.clear, {.help = "headers to take away once they are read", .text = TextKind::kHeaderName});
    visit("inject", s.inject, {.help = "formats to write; preserve: that of the caller"});
    visit("default_format", s.default_format,
          {.help = "what preserve means where no caller told a trace", .required = true});
  }

  // One of the lists was given: the older field counts for nothing then.
  bool is_given() const { return extract || clear || inject; }

  // What the older field means in these terms.
  static TracePropagation of(TraceHeaderType type, TraceFormat default_format) {
    TracePropagation meant{.default_format = default_format};
    if (type == TraceHeaderType::kIgnore) {
      meant.inject = {injection_of(default_format)};
      return meant;
    }
    meant.extract.emplace();
    for (size_t i = 0; i < names_of(TraceSource{}).size(); ++i) meant.extract->push_back(static_cast<TraceSource>(i));
    meant.inject = {TraceInjection::kPreserve};
    if (type >= TraceHeaderType::kFirstFormat) {
      const auto format = static_cast<uint8_t>(type) - static_cast<uint8_t>(TraceHeaderType::kFirstFormat);
      meant.inject->push_back(injection_of(static_cast<TraceFormat>(format)));
    }
    return meant;
  }
};

}  // namespace sluice::policy
