#include "gateway/plugins/trace_reader.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "gateway/plugins/trace_baggage.h"
#include "gateway/plugins/trace_ids.h"
#include "http/characters.h"

namespace sluice::gateway {

namespace {

using http::HeaderMap;

constexpr TraceReading kMalformed{.malformed = true};

// The value of a header that may stand there once.
std::optional<std::string_view> only_value(const HeaderMap& headers, std::string_view name, bool& malformed) {
  const size_t count = headers.count(name);
  if (count > 1) malformed = true;
  return count == 1 ? headers.find(name) : std::nullopt;
}

// Takes what stands before `delimiter`, and the delimiter, off `text`; all of it where there is none.
std::string_view take_until(std::string_view& text, char delimiter) {
  const std::string_view part = text.substr(0, text.find(delimiter));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

// An id of exactly so many digits; absent is well.
template <size_t kBytes>
bool parse_exact(std::optional<std::string_view> text, std::array<uint8_t, kBytes>& id) {
  return !text || (text->size() == 2 * kBytes && parse_hex_id(*text, id));
}

// The id of a trace in 16 or 32 digits; absent is well.
bool parse_either(std::optional<std::string_view> text, CallersTrace& trace) {
  if (!text) return true;
  if (text->size() != 16 && text->size() != 32) return false;
  if (!parse_hex_id(*text, trace.trace_id)) return false;
  trace.id_bytes = static_cast<uint8_t>(text->size() / 2);
  return true;
}

void forget_ids(CallersTrace& trace) {
  trace.trace_id = {};
  trace.span_id = {};
  trace.id_bytes = 0;
}

// "1", "true", "0", "false"; others are malformed, and none.
std::optional<bool> parse_decision(std::optional<std::string_view> text, bool& malformed) {
  if (!text) return std::nullopt;
  if (*text == "1" || *text == "true") return true;
  if (*text == "0" || *text == "false") return false;
  malformed = true;
  return std::nullopt;
}

// https://github.com/openzipkin/b3-propagation, in one header or in several.
constexpr std::string_view kB3 = "b3";
constexpr std::string_view kB3TraceId = "x-b3-traceid";
constexpr std::string_view kB3SpanId = "x-b3-spanid";
constexpr std::string_view kB3ParentId = "x-b3-parentspanid";
constexpr std::string_view kB3Sampled = "x-b3-sampled";
constexpr std::string_view kB3Flags = "x-b3-flags";

// The header b3, or the entry b3 of tracestate where that stands first.
std::optional<std::string_view> single_b3(const HeaderMap& headers, bool& malformed) {
  constexpr std::string_view kEntry = "b3=";
  if (headers.contains(kB3)) return only_value(headers, kB3, malformed);
  for (const http::Header& header : headers.all()) {
    if (!http::iequals(header.name, "tracestate") || !header.value.starts_with(kEntry)) continue;
    if (header.value.size() > kEntry.size()) return header.value.substr(kEntry.size());
  }
  return std::nullopt;
}

void take_b3_decision(char decision, CallersTrace& trace) {
  trace.sampled = decision != '0';
  trace.debug = decision == 'd';
}

// A decision alone, or trace-span[-decision[-parent]]. As in Kong the dashes behind the span may be left out.
bool parse_single_b3(std::string_view text, CallersTrace& trace) {
  constexpr std::string_view kDecisions = "01d";
  if (text.size() == 1 && kDecisions.find(text.front()) != std::string_view::npos) {
    take_b3_decision(text.front(), trace);
    return true;
  }
  CallersTrace whole = trace;
  if (!parse_either(take_until(text, '-'), whole) || !parse_exact(text.substr(0, 16), whole.span_id)) return false;
  text.remove_prefix(16);
  if (text.starts_with('-')) text.remove_prefix(1);
  if (!text.empty() && kDecisions.find(text.front()) != std::string_view::npos) {
    take_b3_decision(text.front(), whole);
    text.remove_prefix(1);
  }
  if (text.starts_with('-')) text.remove_prefix(1);
  SpanId parent;  // the caller's own parent, which its child need not know
  if (!text.empty() && !parse_exact(text, parent)) return false;
  trace = whole;
  return true;
}

bool parse_b3_ids(const HeaderMap& headers, CallersTrace& trace) {
  bool malformed = false;
  SpanId parent{};
  const bool good = parse_either(only_value(headers, kB3TraceId, malformed), trace) &&
                    parse_exact(only_value(headers, kB3SpanId, malformed), trace.span_id) &&
                    parse_exact(only_value(headers, kB3ParentId, malformed), parent) && !malformed;
  if (good && is_zero(trace.span_id)) trace.span_id = parent;
  return good;
}

TraceReading read_b3(const HeaderMap& headers) {
  TraceReading reading;
  const std::optional<std::string_view> single = single_b3(headers, reading.malformed);
  const bool there = single || std::ranges::any_of(std::array{kB3TraceId, kB3SpanId, kB3ParentId, kB3Sampled, kB3Flags},
                                                   [&](std::string_view name) { return headers.contains(name); });
  if (!there) return reading;

  CallersTrace& trace = reading.trace.emplace();
  trace.format = single ? TraceFormat::kB3Single : TraceFormat::kB3;
  if (single && !parse_single_b3(*single, trace)) reading.malformed = true;
  if (trace.id_bytes == 0 && !parse_b3_ids(headers, trace)) {
    reading.malformed = true;
    forget_ids(trace);
  }
  std::optional<bool> decision = parse_decision(only_value(headers, kB3Sampled, reading.malformed), reading.malformed);
  if (only_value(headers, kB3Flags, reading.malformed) == "1") {
    trace.debug = true;
    decision = true;
  }
  if (!trace.sampled) trace.sampled = decision;
  return reading;
}

// W3C Trace Context 3.2: version-trace-parent-flags, in lower-case digits. A later version may add to the end (4.3).
TraceReading read_w3c(const HeaderMap& headers) {
  constexpr size_t kLength = 55;
  bool malformed = false;
  const std::optional<std::string_view> text = only_value(headers, "traceparent", malformed);
  if (!text) return {.malformed = malformed};
  if (text->size() < kLength || (*text)[2] != '-' || (*text)[35] != '-' || (*text)[52] != '-') return kMalformed;
  if (std::ranges::any_of(text->substr(0, kLength), [](char c) { return c >= 'A' && c <= 'F'; })) return kMalformed;

  CallersTrace trace{.format = TraceFormat::kW3c, .id_bytes = sizeof(TraceId)};
  std::array<uint8_t, 1> version;
  std::array<uint8_t, 1> flags;
  const bool digits = parse_hex_id(text->substr(0, 2), version) && parse_hex_id(text->substr(3, 32), trace.trace_id) &&
                      parse_hex_id(text->substr(36, 16), trace.span_id) && parse_hex_id(text->substr(53, 2), flags);
  if (!digits || version[0] == 0xff) return kMalformed;
  const bool longer = text->size() > kLength;
  if (longer && (version[0] == 0 || (*text)[kLength] != '-')) return kMalformed;
  if (is_zero(trace.trace_id) || is_zero(trace.span_id)) return kMalformed;
  trace.sampled = (flags[0] & 1) != 0;
  return {.trace = trace};
}

// https://www.jaegertracing.io/docs/1.17/client-libraries: trace:span:parent:flags, leading zeros left out.
TraceReading read_jaeger(const HeaderMap& headers) {
  bool malformed = false;
  const std::optional<std::string_view> text = only_value(headers, "uber-trace-id", malformed);
  if (!text) return {.malformed = malformed};
  std::string_view rest = *text;
  const std::string_view id = take_until(rest, ':');
  const std::string_view span = take_until(rest, ':');
  const std::string_view parent = take_until(rest, ':');

  CallersTrace trace{.format = TraceFormat::kJaeger, .id_bytes = static_cast<uint8_t>((id.size() + 1) / 2)};
  std::array<uint8_t, 1> flags;
  const bool good = parse_hex_id(id, trace.trace_id) && parse_hex_id(span, trace.span_id) &&
                    parse_hex_id(rest, flags) && !parent.empty() &&
                    std::ranges::all_of(parent, [](char c) { return http::hex_digit(c) >= 0; });
  if (!good || is_zero(trace.trace_id) || is_zero(trace.span_id)) return kMalformed;
  trace.sampled = (flags[0] & 1) != 0;
  return {.trace = trace};
}

// OpenTracing's basic tracers: ids and a decision in headers of their own.
TraceReading read_ot(const HeaderMap& headers) {
  TraceReading reading;
  CallersTrace trace{.format = TraceFormat::kOt};
  const auto value = [&](std::string_view name) { return only_value(headers, name, reading.malformed); };
  const std::optional<std::string_view> decision = value("ot-tracer-sampled");
  const std::optional<std::string_view> id = value("ot-tracer-traceid");
  const std::optional<std::string_view> span = value("ot-tracer-spanid");
  trace.sampled = parse_decision(decision, reading.malformed);
  if (!parse_either(id, trace) || !parse_exact(span, trace.span_id)) {
    reading.malformed = true;
    forget_ids(trace);
  }
  const bool any = decision || id || span;
  if (trace.id_bytes > 0 || trace.sampled || (any && has_baggage(TraceFormat::kOt, headers))) reading.trace = trace;
  return reading;
}

// https://docs.datadoghq.com/tracing/trace_collection/trace_context_propagation: decimal numbers of 64 bits, and
// longer.
TraceReading read_datadog(const HeaderMap& headers) {
  TraceReading reading;
  CallersTrace trace{.format = TraceFormat::kDatadog};
  const auto value = [&](std::string_view name) { return only_value(headers, name, reading.malformed); };
  if (const auto priority = value("x-datadog-sampling-priority")) {
    if (*priority != "-1" && *priority != "0" && *priority != "1" && *priority != "2") return kMalformed;
    trace.sampled = *priority == "1" || *priority == "2";
  }
  if (const auto id = value("x-datadog-trace-id"); id && parse_decimal_id(http::trim(*id), trace.trace_id)) {
    const auto first = std::ranges::find_if(trace.trace_id, [](uint8_t byte) { return byte != 0; });
    trace.id_bytes = static_cast<uint8_t>(trace.trace_id.end() - first);
  } else if (id) {
    reading.malformed = true;
    forget_ids(trace);
  }
  if (const auto parent = value("x-datadog-parent-id"); parent && trace.id_bytes > 0) {
    if (!parse_decimal_id(http::trim(*parent), trace.span_id)) {
      reading.malformed = true;
      trace.span_id = {};
    }
  }
  if (trace.id_bytes > 0 || trace.sampled) reading.trace = trace;
  return reading;
}

// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html: Root=1-time-rest;Parent=span;Sampled=1.
bool parse_aws_root(std::string_view text, CallersTrace& trace) {
  if (text.size() != 35 || !text.starts_with("1-") || text[10] != '-') return false;
  trace.id_bytes = sizeof(TraceId);
  const std::span<uint8_t> id(trace.trace_id);
  return parse_hex_id(text.substr(2, 8), id.first(4)) && parse_hex_id(text.substr(11), id.last(12));
}

TraceReading read_aws(const HeaderMap& headers) {
  bool malformed = false;
  const std::optional<std::string_view> text = only_value(headers, "x-amzn-trace-id", malformed);
  if (!text) return {.malformed = malformed};
  CallersTrace trace{.format = TraceFormat::kAws};
  for (std::string_view rest = *text; !rest.empty();) {
    std::string_view pair = take_until(rest, ';');
    const std::string_view key = http::trim(take_until(pair, '='));
    const std::string_view value = http::trim(take_until(pair, '='));
    bool good = true;
    if (key == "Root") {
      good = parse_aws_root(value, trace);
    } else if (key == "Parent") {
      good = parse_exact(value, trace.span_id);
    } else if (key == "Sampled") {
      good = value == "0" || value == "1";
      trace.sampled = value == "1";
    }
    if (!good) return kMalformed;
  }
  const bool told = trace.id_bytes > 0 || trace.sampled || !is_zero(trace.span_id);
  return {.trace = told ? std::optional(trace) : std::nullopt};
}

// https://cloud.google.com/trace/docs/trace-context: trace/span;o=1, the span a decimal number.
TraceReading read_gcp(const HeaderMap& headers) {
  bool malformed = false;
  const std::optional<std::string_view> text = only_value(headers, "x-cloud-trace-context", malformed);
  if (!text) return {.malformed = malformed};
  std::string_view rest = *text;
  const std::string_view id = take_until(rest, '/');
  const std::string_view span = take_until(rest, ';');
  const bool ends_well = rest.empty() ? !text->ends_with(';') : rest.size() == 3 && rest.starts_with("o=");
  const bool upper = std::ranges::any_of(id, [](char c) { return c >= 'A' && c <= 'F'; });

  CallersTrace trace{.format = TraceFormat::kGcp, .id_bytes = sizeof(TraceId)};
  TraceId wide;  // 20 digits may be more than 64 bits: their last ones are the span
  const bool good = id.size() == 32 && !upper && parse_hex_id(id, trace.trace_id) && span.size() <= 20 &&
                    parse_decimal_id(span, wide) && ends_well && (rest.empty() || http::is_digit(rest.back()));
  if (!good) return kMalformed;
  std::copy(wide.end() - 8, wide.end(), trace.span_id.begin());
  trace.sampled = rest.ends_with('1');
  return {.trace = trace};
}

TraceReading read_source(policy::TraceSource source, const HeaderMap& headers) {
  switch (source) {
    case policy::TraceSource::kB3:
      return read_b3(headers);
    case policy::TraceSource::kW3c:
      return read_w3c(headers);
    case policy::TraceSource::kJaeger:
      return read_jaeger(headers);
    case policy::TraceSource::kOt:
      return read_ot(headers);
    case policy::TraceSource::kDatadog:
      return read_datadog(headers);
    case policy::TraceSource::kAws:
      return read_aws(headers);
    case policy::TraceSource::kGcp:
      return read_gcp(headers);
  }
  return {};
}

}  // namespace

TraceReading read_trace(policy::TraceSource source, const HeaderMap& headers) {
  TraceReading reading = read_source(source, headers);
  // A span belongs to a trace.
  if (reading.trace && is_zero(reading.trace->trace_id)) forget_ids(*reading.trace);
  return reading;
}

}  // namespace sluice::gateway
