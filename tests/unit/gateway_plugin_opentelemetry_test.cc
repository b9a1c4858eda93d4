#include <regex>

#include "gateway_plugin_support.h"

namespace sluice::gateway {
namespace {

constexpr const char* kCaller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::string with(const std::string& config) {
  return policy_with("{name: opentelemetry, config: {traces_endpoint: 'http://c/v1/traces'" + config + "}}");
}

// The traceparent that the origin sees.
std::string traceparent(const TestGateway::Outcome& outcome) {
  return all_values(outcome.upstream_headers, "traceparent");
}

TEST(Opentelemetry, CallersTrace_GoesOnWithASpanOfOurOwn) {
  TestGateway gateway(with(""));
  const auto outcome = gateway.get("/r", {{"traceparent", kCaller}, {"tracestate", "a=1"}});
  EXPECT_TRUE(
      std::regex_match(traceparent(outcome), std::regex("00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01")));
  EXPECT_NE(traceparent(outcome), kCaller);
  EXPECT_EQ(all_values(outcome.upstream_headers, "tracestate"), "a=1");
}

TEST(Opentelemetry, WithoutACaller_ATraceBegins) {
  TestGateway gateway(with(""));
  const auto outcome = gateway.get("/r", {{"tracestate", "a=1"}});
  EXPECT_TRUE(std::regex_match(traceparent(outcome), std::regex("00-[0-9a-f]{32}-[0-9a-f]{16}-01")));
  EXPECT_EQ(all_values(outcome.upstream_headers, "tracestate"), "");
}

TEST(Opentelemetry, MalformedCaller_IsReplacedAndCounted) {
  TestGateway gateway(with(""));
  const auto outcome = gateway.get("/r", {{"traceparent", "00-nonsense"}});
  EXPECT_TRUE(std::regex_match(traceparent(outcome), std::regex("00-[0-9a-f]{32}-[0-9a-f]{16}-01")));
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayTraceparentBad), 1u);
}

TEST(Opentelemetry, CallersDecision_IsKept) {
  TestGateway gateway(with(", sampling_rate: 1"));
  const auto outcome = gateway.get("/r", {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}});
  EXPECT_TRUE(traceparent(outcome).ends_with("-00"));
}

TEST(Opentelemetry, SamplingRate_DecidesAboutTracesThatBeginHere) {
  TestGateway gateway(with(", sampling_rate: 0.25"));
  int sampled = 0;
  for (int i = 0; i < 1000; ++i) sampled += traceparent(gateway.get("/r")).ends_with("-01") ? 1 : 0;
  EXPECT_NEAR(sampled, 250, 60);
}

TEST(Opentelemetry, HeaderTypeIgnore_BelievesNoCaller) {
  TestGateway gateway(with(", header_type: ignore"));
  const auto outcome = gateway.get("/r", {{"traceparent", kCaller}});
  EXPECT_EQ(traceparent(outcome).find("0af7651916cd43dd8448eb211c80319c"), std::string::npos);
}

TEST(Opentelemetry, TraceId_IsToldToTheClientWhereAsked) {
  TestGateway gateway(with(", http_response_header_for_traceid: X-Trace"));
  const auto outcome = gateway.get("/r", {{"traceparent", kCaller}});
  EXPECT_EQ(all_values(outcome.headers, "X-Trace"), "0af7651916cd43dd8448eb211c80319c");
}

TEST(Opentelemetry, TraceId_StandsBesideTheOriginsField) {
  TestGateway gateway(with(", http_response_header_for_traceid: X-Trace"));
  const auto outcome = gateway.serve({.head = TestGateway::head_of("GET", "/r", {{"traceparent", kCaller}})},
                                     {.headers = {{"X-Trace", "own"}}});
  EXPECT_EQ(all_values(outcome.headers, "X-Trace"), "own|0af7651916cd43dd8448eb211c80319c");
}

}  // namespace
}  // namespace sluice::gateway
