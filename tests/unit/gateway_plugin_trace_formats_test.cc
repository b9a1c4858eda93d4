#include <algorithm>
#include <string>

#include "gateway/plugins/trace_ids.h"
#include "gateway/plugins/trace_reader.h"
#include "gateway/plugins/trace_span.h"
#include "gateway/plugins/trace_writer.h"
#include "gateway_plugin_support.h"
#include "support/test_worker.h"

namespace sluice::gateway {
namespace {

using policy::TraceSource;

constexpr const char* kTrace = "0af7651916cd43dd8448eb211c80319c";
constexpr const char* kSpan = "b7ad6b7169203331";
constexpr const char* kZeros = "0000000000000000";

class TraceFormats : public testing::Test {
 protected:
  TraceReading read(TraceSource source, const Fields& fields) {
    http::HeaderMap headers(arena_);
    for (const auto& [name, value] : fields) EXPECT_TRUE(headers.add_copy(name, value));
    return read_trace(source, headers);
  }

  test::TestWorker worker_;
  Arena arena_{worker_.blocks};
};

std::string hex(std::span<const uint8_t> id) {
  return std::string(IdText().add_hex(id).view());
}

// "trace/length/span/decision" as it was read, "-" for what is not told; "none" where nothing is.
std::string told(const TraceReading& reading) {
  if (!reading.trace) return "none";
  const CallersTrace& trace = *reading.trace;
  const std::string id = trace.id_bytes == 0 ? "-" : hex(trace.trace_id) + "/" + std::to_string(trace.id_bytes);
  const std::string span = is_zero(trace.span_id) ? "-" : hex(trace.span_id);
  const std::string decision = !trace.sampled ? "-" : trace.debug ? "d" : *trace.sampled ? "1" : "0";
  return id + "/" + span + "/" + decision;
}

TEST_F(TraceFormats, Reader_TakesWhatKongTakes) {
  const std::string trace = kTrace;
  const std::string half = trace.substr(16);
  const std::string whole = trace + "/16/" + kSpan;
  const std::string padded = std::string(kZeros) + half;
  struct Case {
    TraceSource source;
    Fields fields;
    std::string want;
  };
  const Case cases[] = {
      {TraceSource::kW3c, {{"traceparent", "00-" + trace + "-" + kSpan + "-01"}}, whole + "/1"},
      {TraceSource::kW3c, {{"traceparent", "00-" + trace + "-" + kSpan + "-02"}}, whole + "/0"},
      {TraceSource::kW3c, {{"traceparent", "01-" + trace + "-" + kSpan + "-01-more"}}, whole + "/1"},
      {TraceSource::kB3, {{"b3", trace + "-" + kSpan + "-1"}}, whole + "/1"},
      {TraceSource::kB3, {{"b3", trace + "-" + kSpan + "-d-" + kSpan}}, whole + "/d"},
      {TraceSource::kB3, {{"b3", half + "-" + kSpan}}, padded + "/8/" + kSpan + "/-"},
      {TraceSource::kB3, {{"b3", "0"}}, "-/-/0"},
      {TraceSource::kB3, {{"b3", "d"}}, "-/-/d"},
      {TraceSource::kB3, {{"tracestate", "a=1"}, {"tracestate", "b3=" + trace + "-" + kSpan + "-0"}}, whole + "/0"},
      {TraceSource::kB3, {{"tracestate", "a=1"}}, "none"},
      {TraceSource::kB3, {{"X-B3-TraceId", trace}, {"X-B3-SpanId", kSpan}, {"X-B3-Sampled", "true"}}, whole + "/1"},
      {TraceSource::kB3, {{"x-b3-traceid", half}, {"x-b3-parentspanid", kSpan}}, padded + "/8/" + kSpan + "/-"},
      {TraceSource::kB3, {{"x-b3-sampled", "0"}, {"x-b3-flags", "1"}}, "-/-/d"},
      {TraceSource::kB3, {{"b3", "1"}, {"x-b3-traceid", trace}, {"x-b3-spanid", kSpan}}, whole + "/1"},
      {TraceSource::kJaeger, {{"uber-trace-id", trace + ":" + kSpan + ":0:1"}}, whole + "/1"},
      {TraceSource::kJaeger,
       {{"uber-trace-id", "abc:1:0:02"}},
       std::string(kZeros) + "0000000000000abc/2/0000000000000001/0"},
      {TraceSource::kOt,
       {{"ot-tracer-traceid", half}, {"ot-tracer-spanid", kSpan}, {"ot-tracer-sampled", "1"}},
       padded + "/8/" + kSpan + "/1"},
      {TraceSource::kOt, {{"ot-tracer-sampled", "x"}, {"ot-baggage-a", "b"}}, "-/-/-"},
      {TraceSource::kOt, {{"ot-baggage-a", "b"}}, "none"},
      {TraceSource::kDatadog,
       {{"x-datadog-trace-id", " 1234 "},
        {"x-datadog-parent-id", "18446744073709551615"},
        {"x-datadog-sampling-priority", "2"}},
       std::string(kZeros) + "00000000000004d2/2/ffffffffffffffff/1"},
      {TraceSource::kDatadog, {{"x-datadog-sampling-priority", "-1"}}, "-/-/0"},
      {TraceSource::kAws,
       {{"x-amzn-trace-id",
         "Self=1; Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=" + std::string(kSpan) + ";Sampled=0"}},
       whole + "/0"},
      {TraceSource::kAws, {{"x-amzn-trace-id", "Root=1-0af76519-16cd43dd8448eb211c80319c"}}, trace + "/16/-/-"},
      {TraceSource::kGcp, {{"x-cloud-trace-context", trace + "/13235353014750950193;o=1"}}, whole + "/1"},
      {TraceSource::kGcp, {{"x-cloud-trace-context", trace + "/13235353014750950193"}}, whole + "/0"},
  };
  for (const Case& c : cases) {
    const TraceReading reading = read(c.source, c.fields);
    EXPECT_EQ(told(reading), c.want) << c.fields[0].second;
  }
}

TEST_F(TraceFormats, Reader_TakesNothingFromWhatIsMalformed) {
  const std::string trace = kTrace;
  const std::string long_digits(400, '9');
  const struct {
    TraceSource source;
    const char* name;
    std::string value;
  } cases[] = {
      {TraceSource::kW3c, "traceparent", ""},
      {TraceSource::kW3c, "traceparent", "00-" + trace + "-" + kSpan + "-0"},
      {TraceSource::kW3c, "traceparent", "00-" + trace + "-" + kSpan + "-011"},
      {TraceSource::kW3c, "traceparent", "01-" + trace + "-" + kSpan + "-01more"},
      {TraceSource::kW3c, "traceparent", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"},
      {TraceSource::kW3c, "traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01"},
      {TraceSource::kW3c, "traceparent", "00-" + trace + "-0000000000000000-01"},
      {TraceSource::kW3c, "traceparent", "ff-" + trace + "-" + kSpan + "-01"},
      {TraceSource::kW3c, "traceparent", "00_" + trace + "-" + kSpan + "-01"},
      {TraceSource::kW3c, "traceparent", "0g-" + trace + "-" + kSpan + "-01"},
      {TraceSource::kJaeger, "uber-trace-id", trace + ":" + kSpan + ":0"},
      {TraceSource::kJaeger, "uber-trace-id", trace + ":" + kSpan + ":0:1:1"},
      {TraceSource::kJaeger, "uber-trace-id", trace + "0:" + kSpan + ":0:1"},
      {TraceSource::kJaeger, "uber-trace-id", "0:" + std::string(kSpan) + ":0:1"},
      {TraceSource::kJaeger, "uber-trace-id", trace + ":" + kSpan + ":0:100"},
      {TraceSource::kJaeger, "uber-trace-id", trace + "::0:1"},
      {TraceSource::kOt, "ot-tracer-traceid", trace.substr(1)},
      {TraceSource::kOt, "ot-tracer-sampled", "maybe"},
      {TraceSource::kDatadog, "x-datadog-trace-id", "12a"},
      {TraceSource::kDatadog, "x-datadog-trace-id", long_digits},
      {TraceSource::kDatadog, "x-datadog-sampling-priority", "3"},
      {TraceSource::kAws, "x-amzn-trace-id", "Root=2-0af76519-16cd43dd8448eb211c80319c"},
      {TraceSource::kAws, "x-amzn-trace-id", "Root=1-0af76519-16cd43dd8448eb211c80319g"},
      {TraceSource::kAws, "x-amzn-trace-id", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=zzzzzzzzzzzzzzzz"},
      {TraceSource::kAws, "x-amzn-trace-id", "Root=1-0af76519-16cd43dd8448eb211c80319c;Sampled=?"},
      {TraceSource::kAws, "x-amzn-trace-id", "Root"},
      {TraceSource::kGcp, "x-cloud-trace-context", trace},
      {TraceSource::kGcp, "x-cloud-trace-context", trace + "/1;"},
      {TraceSource::kGcp, "x-cloud-trace-context", trace + "/1;o=11"},
      {TraceSource::kGcp, "x-cloud-trace-context", trace + "/" + long_digits},
      {TraceSource::kGcp, "x-cloud-trace-context", "0AF7651916CD43DD8448EB211C80319C/1"},
  };
  for (const auto& c : cases) {
    const TraceReading reading = read(c.source, {{c.name, c.value}});
    EXPECT_FALSE(reading.trace) << c.value;
    EXPECT_TRUE(reading.malformed) << c.value;
  }
}

TEST_F(TraceFormats, MalformedB3_IsACallerWithoutATrace) {
  for (const Fields& fields : {Fields{{"b3", "x"}}, Fields{{"b3", std::string(kTrace) + "-" + kSpan + "-1-abc"}},
                               Fields{{"x-b3-traceid", "0af7"}}, Fields{{"x-b3-traceid", kTrace}, {"x-b3-spanid", "1"}},
                               Fields{{"x-b3-traceid", kTrace}, {"x-b3-traceid", kTrace}}}) {
    const TraceReading reading = read(TraceSource::kB3, fields);
    EXPECT_EQ(told(reading), "-/-/-") << fields[0].second;
    EXPECT_TRUE(reading.malformed) << fields[0].second;
  }
}

TEST_F(TraceFormats, Repeated_IsMalformed) {
  const std::string value = std::string("00-") + kTrace + "-" + kSpan + "-01";
  const TraceReading reading = read(TraceSource::kW3c, {{"traceparent", value}, {"traceparent", value}});
  EXPECT_FALSE(reading.trace);
  EXPECT_TRUE(reading.malformed);
}

TEST_F(TraceFormats, Zeros_AreNoTrace) {
  EXPECT_EQ(told(read(TraceSource::kB3, {{"b3", std::string(kZeros) + "-" + kSpan + "-1"}})), "-/-/1");
}

TEST_F(TraceFormats, WhatIsWritten_IsReadAgain) {
  const struct {
    TraceFormat format;
    TraceSource source;
    size_t digits;
  } formats[] = {{TraceFormat::kB3, TraceSource::kB3, 32},   {TraceFormat::kB3Single, TraceSource::kB3, 32},
                 {TraceFormat::kW3c, TraceSource::kW3c, 32}, {TraceFormat::kJaeger, TraceSource::kJaeger, 32},
                 {TraceFormat::kOt, TraceSource::kOt, 16},   {TraceFormat::kAws, TraceSource::kAws, 32},
                 {TraceFormat::kGcp, TraceSource::kGcp, 32}, {TraceFormat::kDatadog, TraceSource::kDatadog, 16}};
  const TraceContext trace = begin_span(worker_.random, std::nullopt, 1);
  for (const auto& f : formats) {
    http::HeaderMap headers(arena_);
    ASSERT_TRUE(write_trace(f.format, trace, false, headers));
    const TraceReading reading = read_trace(f.source, headers);
    ASSERT_TRUE(reading.trace) << policy::to_text(f.format);
    EXPECT_FALSE(reading.malformed);
    EXPECT_EQ(reading.trace->format, f.format);
    EXPECT_EQ(hex(reading.trace->trace_id).substr(32 - f.digits), hex(trace.trace_id).substr(32 - f.digits));
    EXPECT_EQ(reading.trace->span_id, trace.span_id);
    EXPECT_EQ(reading.trace->sampled, true);
  }
}

TEST_F(TraceFormats, LengthOfTheCallersId_IsKeptWhereTheFormatHasIt) {
  const struct {
    uint8_t told;
    TraceFormat format;
    size_t bytes;
  } cases[] = {{0, TraceFormat::kB3, 16},   {8, TraceFormat::kB3, 8},   {16, TraceFormat::kB3Single, 16},
               {5, TraceFormat::kB3, 16},   {8, TraceFormat::kW3c, 16}, {8, TraceFormat::kJaeger, 8},
               {0, TraceFormat::kOt, 8},    {16, TraceFormat::kOt, 16}, {5, TraceFormat::kOt, 8},
               {16, TraceFormat::kAws, 16}, {8, TraceFormat::kGcp, 16}, {16, TraceFormat::kDatadog, 8}};
  for (const auto& c : cases) {
    const TraceContext trace{.told_id_bytes = c.told};
    EXPECT_EQ(trace.id_in(c.format).size(), c.bytes) << int{c.told} << " in " << policy::to_text(c.format);
  }
}

TEST_F(TraceFormats, Sampling_IsDecidedByTheIdAndByACallerThatDoesNotSample) {
  const auto sampled = [&](const std::string& id, const char* decision, double rate) {
    return begin_span(worker_.random, read(TraceSource::kB3, {{"b3", id + "-" + kSpan + decision}}).trace, rate)
        .sampled;
  };
  // Read from Kong 3.9.1: of these two, half the traces has the first and not the second.
  EXPECT_TRUE(sampled("92a54b3e1a7c4f2da9e44b8a6f3e1dab", "-1", 0.5));
  EXPECT_FALSE(sampled("4bf92f3577b34da6a3ce929d0e0e4736", "-1", 0.5));
  EXPECT_FALSE(sampled("92a54b3e1a7c4f2da9e44b8a6f3e1dab", "-0", 1));
  EXPECT_TRUE(sampled("4bf92f3577b34da6a3ce929d0e0e4736", "", 1));
  EXPECT_FALSE(sampled("92a54b3e1a7c4f2da9e44b8a6f3e1dab", "", 0));
  EXPECT_FALSE(sampled("4bf92f3577b34da6", "-1", 0.5));
}

TEST_F(TraceFormats, Span_IsInTheCallersTraceAndHasAnIdOfItsOwn) {
  const auto caller = read(TraceSource::kB3, {{"b3", std::string(kTrace) + "-" + kSpan}}).trace;
  const TraceContext ours = begin_span(worker_.random, caller, 1);
  EXPECT_EQ(hex(ours.trace_id), kTrace);
  EXPECT_EQ(hex(ours.parent_id), kSpan);
  EXPECT_NE(ours.span_id, ours.parent_id);
  EXPECT_TRUE(ours.begun);
}

}  // namespace
}  // namespace sluice::gateway
