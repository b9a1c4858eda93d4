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
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayTraceMalformed), 1u);
}

TEST(Opentelemetry, CallersDecision_IsKept) {
  TestGateway gateway(with(", sampling_rate: 1"));
  const auto outcome = gateway.get("/r", {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}});
  EXPECT_TRUE(traceparent(outcome).ends_with("-00"));
}

TEST(Opentelemetry, SamplingRate_IsAShareOfTheTraces) {
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

// Those of the headers that the origin sees, "name=value" joined by '|'.
std::string traces(const TestGateway::Outcome& outcome, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    const std::string value = all_values(outcome.upstream_headers, name);
    if (!value.empty()) text += (text.empty() ? "" : "|") + name + "=" + value;
  }
  return text;
}

TEST(Opentelemetry, Preserve_WritesTheCallersFormat) {
  const std::string id = "0af7651916cd43dd8448eb211c80319c";
  const std::string short_id = "8448eb211c80319c";
  const struct {
    Fields sent;
    std::vector<std::string> names;
    std::string want;
  } cases[] = {
      {{{"b3", id + "-b7ad6b7169203331-1"}}, {"b3"}, "b3=" + id + "-[0-9a-f]{16}-1-b7ad6b7169203331"},
      {{{"b3", "0"}}, {"b3"}, "b3=[0-9a-f]{32}-[0-9a-f]{16}-0"},
      {{{"x-b3-traceid", short_id}, {"x-b3-spanid", "b7ad6b7169203331"}, {"x-b3-flags", "1"}},
       {"x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-flags", "x-b3-sampled"},
       "x-b3-traceid=" + short_id + "\\|x-b3-spanid=[0-9a-f]{16}\\|x-b3-parentspanid=b7ad6b7169203331\\|x-b3-flags=1"},
      {{{"uber-trace-id", id + ":b7ad6b7169203331:0:0"}},
       {"uber-trace-id"},
       "uber-trace-id=" + id + ":[0-9a-f]{16}:b7ad6b7169203331:00"},
      {{{"ot-tracer-traceid", id}, {"ot-tracer-spanid", "b7ad6b7169203331"}, {"ot-tracer-sampled", "true"}},
       {"ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled"},
       "ot-tracer-traceid=" + id + "\\|ot-tracer-spanid=[0-9a-f]{16}\\|ot-tracer-sampled=1"},
      {{{"x-datadog-trace-id", "1234"}, {"x-datadog-parent-id", "5"}},
       {"x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority"},
       "x-datadog-trace-id=1234\\|x-datadog-parent-id=[0-9]+\\|x-datadog-sampling-priority=1"},
      {{{"x-amzn-trace-id", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"}},
       {"x-amzn-trace-id"},
       "x-amzn-trace-id=Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=[0-9a-f]{16};Sampled=1"},
      {{{"x-cloud-trace-context", id + "/5;o=1"}},
       {"x-cloud-trace-context"},
       "x-cloud-trace-context=" + id + "/[0-9]+;o=1"},
  };
  for (const auto& c : cases) {
    TestGateway gateway(with(""));
    const auto outcome = gateway.get("/r", c.sent);
    const std::string seen = traces(outcome, c.names);
    EXPECT_TRUE(std::regex_match(seen, std::regex(c.want))) << seen;
    EXPECT_EQ(traceparent(outcome), "") << seen;
  }
}

TEST(Opentelemetry, FirstSourceThatIsThere_Counts) {
  TestGateway gateway(with(", propagation: {extract: [jaeger, w3c], inject: [w3c], default_format: w3c}"));
  const auto outcome = gateway.get("/r", {{"traceparent", kCaller},
                                          {"uber-trace-id", "abc:1:0:1"},
                                          {"b3", "11111111111111111111111111111111-1111111111111111"}});
  EXPECT_TRUE(traceparent(outcome).starts_with("00-00000000000000000000000000000abc-"));
  const auto malformed = gateway.get("/r", {{"traceparent", kCaller}, {"uber-trace-id", "nonsense"}});
  EXPECT_TRUE(traceparent(malformed).starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
}

TEST(Opentelemetry, Inject_WritesEachFormatAndPreserve) {
  TestGateway gateway(with(", propagation: {extract: [w3c], inject: [preserve, b3-single, ot], default_format: aws}"));
  const auto outcome = gateway.get("/r", {{"traceparent", kCaller}});
  EXPECT_TRUE(traceparent(outcome).starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
  EXPECT_TRUE(all_values(outcome.upstream_headers, "b3").starts_with("0af7651916cd43dd8448eb211c80319c-"));
  EXPECT_EQ(all_values(outcome.upstream_headers, "ot-tracer-traceid"), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(all_values(outcome.upstream_headers, "x-amzn-trace-id"), "");

  const auto alone = gateway.get("/r");
  EXPECT_EQ(traceparent(alone), "");
  EXPECT_TRUE(all_values(alone.upstream_headers, "x-amzn-trace-id").starts_with("Root=1-"));
  EXPECT_EQ(all_values(alone.upstream_headers, "ot-tracer-traceid").size(), 16u);
}

TEST(Opentelemetry, WithoutLists_ThereIsNoPropagation) {
  TestGateway gateway(with(", propagation: {extract: [], default_format: w3c}"));
  const auto outcome = gateway.get("/r", {{"traceparent", kCaller}});
  EXPECT_EQ(traceparent(outcome), kCaller);
}

TEST(Opentelemetry, Clear_TakesHeadersAwayOnceTheyAreRead) {
  TestGateway gateway(with(", propagation: {extract: [b3], clear: [b3, x-own], inject: [w3c], default_format: w3c}"));
  const auto outcome =
      gateway.get("/r", {{"b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1"}, {"X-Own", "1"}});
  EXPECT_TRUE(traceparent(outcome).starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
  EXPECT_EQ(all_values(outcome.upstream_headers, "b3") + all_values(outcome.upstream_headers, "x-own"), "");
}

TEST(Opentelemetry, HeaderTypeOfAFormat_IsWrittenBesideTheCallers) {
  TestGateway gateway(with(", header_type: jaeger"));
  const auto outcome = gateway.get("/r", {{"traceparent", kCaller}});
  EXPECT_TRUE(traceparent(outcome).starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
  EXPECT_TRUE(all_values(outcome.upstream_headers, "uber-trace-id").starts_with("0af7651916cd43dd8448eb211c80319c:"));
}

TEST(Opentelemetry, Baggage_GoesOnInTheFormatsThatHaveIt) {
  TestGateway gateway(with(", propagation: {extract: [jaeger], inject: [ot, w3c], default_format: w3c}"));
  const auto outcome = gateway.get("/r", {{"uber-trace-id", "abc:1:0:1"}, {"Uberctx-User", "a%20b\"<"}});
  EXPECT_EQ(all_values(outcome.upstream_headers, "ot-baggage-user"), "a%20b%22%3C");
}

TEST(Opentelemetry, TracestateOfAnotherTrace_GoesWithTheTrace) {
  TestGateway gateway(with(", propagation: {extract: [b3], inject: [w3c], default_format: w3c}"));
  const auto outcome =
      gateway.get("/r", {{"b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1"}, {"tracestate", "a=1"}});
  EXPECT_EQ(all_values(outcome.upstream_headers, "tracestate"), "");
}

}  // namespace
}  // namespace sluice::gateway
