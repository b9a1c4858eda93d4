#include <gtest/gtest.h>

#include "gateway/trace_context.h"

namespace sluice::gateway {
namespace {

constexpr std::string_view kGood = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceContext, Caller_IsRead) {
  const auto trace = parse_traceparent(kGood);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->trace_id[0], 0x0a);
  EXPECT_EQ(trace->trace_id[15], 0x9c);
  EXPECT_EQ(trace->parent_id[0], 0xb7);
  EXPECT_TRUE(trace->sampled);
}

TEST(TraceContext, Flag_SaysWhetherTheCallerSamples) {
  EXPECT_FALSE(parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")->sampled);
  EXPECT_TRUE(parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03")->sampled);
}

TEST(TraceContext, Malformed_IsNothing) {
  for (const std::string_view text : {"", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
                                      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011",
                                      "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                      "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                      "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                      "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                      "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                      "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    EXPECT_FALSE(parse_traceparent(text)) << text;
  }
}

TEST(TraceContext, LaterVersion_IsReadAsFarAsItIsKnown) {
  EXPECT_TRUE(parse_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
  EXPECT_FALSE(parse_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more"));
}

TEST(TraceContext, Span_IsInTheCallersTraceAndHasAnIdOfItsOwn) {
  Random random(1);
  const auto caller = parse_traceparent(kGood);
  const TraceContext ours = begin_span(random, caller);
  TraceparentText text;
  const std::string_view told = format_traceparent(ours, text);
  EXPECT_EQ(told.substr(0, 36), kGood.substr(0, 36));
  EXPECT_NE(told, kGood);
  EXPECT_TRUE(parse_traceparent(told));
  EXPECT_EQ(ours.parent_id, caller->parent_id);
}

TEST(TraceContext, WithoutACaller_ATraceBegins) {
  Random random(1);
  const TraceContext ours = begin_span(random, std::nullopt);
  EXPECT_TRUE(ours.begun);
  EXPECT_TRUE(ours.begins_here());
  EXPECT_NE(begin_span(random, std::nullopt).trace_id, ours.trace_id);
}

}  // namespace
}  // namespace sluice::gateway
