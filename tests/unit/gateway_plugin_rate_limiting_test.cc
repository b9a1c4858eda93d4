#include <gtest/gtest.h>

#include "gateway/plugins/calendar_window.h"
#include "gateway_plugin_support.h"

namespace sluice::gateway {
namespace {

using policy::Window;

struct WindowCase {
  Window window;
  int64_t now_s;
  uint32_t start_s;
};

class CalendarWindow : public ::testing::TestWithParam<WindowCase> {};

TEST_P(CalendarWindow, BeginsWhereTheCalendarSays) {
  const WindowCase& c = GetParam();
  EXPECT_EQ(window_start(c.window, WallTime{c.now_s * 1'000'000'000 + 999'999'999}), c.start_s);
}

// 2024-02-29T23:59:59Z is 1709251199.
INSTANTIATE_TEST_SUITE_P(Table, CalendarWindow,
                         ::testing::Values(WindowCase{Window::kSecond, 1709251199, 1709251199},
                                           WindowCase{Window::kMinute, 1709251199, 1709251140},
                                           WindowCase{Window::kHour, 1709251199, 1709247600},
                                           WindowCase{Window::kDay, 1709251199, 1709164800},
                                           WindowCase{Window::kMonth, 1709251199, 1706745600},
                                           WindowCase{Window::kMonth, 1709251200, 1709251200},
                                           WindowCase{Window::kYear, 1709251199, 1704067200},
                                           WindowCase{Window::kYear, 0, 0},
                                           WindowCase{Window::kDay, 4294967295, 4294944000}));

std::string rate_limiting(const std::string& config) {
  return policy_with("{name: rate-limiting, config: {" + config + "}}");
}

std::string remaining(const TestGateway::Outcome& outcome) {
  return outcome.status == 200 ? all_values(outcome.headers, "RateLimit-Remaining") : std::to_string(outcome.status);
}

TEST(RateLimiting, LimitIsReached_RefusesUntilTheNextWindow) {
  TestGateway gateway(rate_limiting("minute: 2"));
  EXPECT_EQ(remaining(gateway.get("/r")), "1");
  EXPECT_EQ(remaining(gateway.get("/r")), "0");
  EXPECT_EQ(remaining(gateway.get("/r")), "429");
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayRateLimited), 1u);
  gateway.worker.clock.advance(Duration::seconds(60));
  EXPECT_EQ(remaining(gateway.get("/r")), "1");
}

TEST(RateLimiting, Headers_TellEachWindowAndTheTightest) {
  TestGateway gateway(rate_limiting("minute: 5, hour: 5, day: 9"));
  const auto outcome = gateway.get("/r");
  EXPECT_EQ(value_of(outcome.headers, "X-RateLimit-Limit-Minute"), "5");
  EXPECT_EQ(value_of(outcome.headers, "X-RateLimit-Remaining-Hour"), "4");
  EXPECT_EQ(value_of(outcome.headers, "X-RateLimit-Remaining-Day"), "8");
  EXPECT_EQ(value_of(outcome.headers, "RateLimit-Limit"), "5");
  EXPECT_EQ(value_of(outcome.headers, "RateLimit-Remaining"), "4");
  // 2023-11-14T22:13:20Z: of equals the longer window, the hour.
  EXPECT_EQ(value_of(outcome.headers, "RateLimit-Reset"), "2800");
  EXPECT_EQ(value_of(outcome.headers, "Retry-After"), std::nullopt);
}

TEST(RateLimiting, Fraction_IsToldAndAdmitsTheWholeNumberAboveIt) {
  TestGateway gateway(rate_limiting("minute: 2.5, hour: 1000000"));
  EXPECT_EQ(value_of(gateway.get("/r").headers, "X-RateLimit-Limit-Minute"), "2.5");
  EXPECT_EQ(remaining(gateway.get("/r")), "0.5");
  const auto third = gateway.get("/r");
  EXPECT_EQ(remaining(third), "0");
  EXPECT_EQ(value_of(third.headers, "X-RateLimit-Remaining-Hour"), "999997");
  EXPECT_EQ(remaining(gateway.get("/r")), "429");
}

TEST(RateLimiting, LessThanOne_AdmitsOne) {
  TestGateway gateway(rate_limiting("second: 0.01"));
  EXPECT_EQ(remaining(gateway.get("/r")), "0");
  EXPECT_EQ(remaining(gateway.get("/r")), "429");
}

TEST(RateLimiting, Refusal_TakesNothingFromTheOtherWindows) {
  TestGateway gateway(rate_limiting("minute: 1, hour: 5"));
  EXPECT_EQ(gateway.get("/r").status, 200);
  for (int i = 0; i < 3; ++i) {
    const auto refused = gateway.get("/r");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(value_of(refused.headers, "X-RateLimit-Remaining-Hour"), "4");
    EXPECT_EQ(value_of(refused.headers, "RateLimit-Remaining"), "0");
    EXPECT_EQ(value_of(refused.headers, "Retry-After"), value_of(refused.headers, "RateLimit-Reset"));
  }
}

TEST(RateLimiting, ClockThatStepsBack_DoesNotOpenTheWindowAgain) {
  TestGateway gateway(rate_limiting("minute: 1"));
  const Clock start = gateway.worker.clock;
  gateway.worker.clock.advance(Duration::seconds(60));
  EXPECT_EQ(gateway.get("/r").status, 200);
  gateway.worker.clock = start;
  EXPECT_EQ(gateway.get("/r").status, 429);
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayRateClockBehind), 1u);
}

TEST(RateLimiting, OriginsOwnFields_StandBehindOurs) {
  TestGateway gateway(rate_limiting("minute: 3"));
  const auto outcome =
      gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"}, {.headers = {{"RateLimit-Limit", "77"}}});
  EXPECT_EQ(all_values(outcome.headers, "RateLimit-Limit"), "3|77");
}

TEST(RateLimiting, HiddenHeaders_AreNotThere) {
  TestGateway gateway(rate_limiting("minute: 1, hide_client_headers: true"));
  EXPECT_EQ(value_of(gateway.get("/r").headers, "RateLimit-Limit"), std::nullopt);
  const auto refused = gateway.get("/r");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(value_of(refused.headers, "Retry-After"), std::nullopt);
}

TEST(RateLimiting, OwnErrorCodeAndMessage_AreUsed) {
  TestGateway gateway(rate_limiting("minute: 1, error_code: 403, error_message: 'slow \"down\"'"));
  gateway.get("/r");
  const auto refused = gateway.get("/r");
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find(R"("message":"slow \"down\"")"), std::string::npos) << refused.body;
}

TEST(RateLimiting, ErrorCodeThatIsNoErrors_IsAnUnexpectedError) {
  for (const char* code : {"200", "599.5", "99999"}) {
    TestGateway gateway(rate_limiting("minute: 1, error_code: " + std::string(code)));
    gateway.get("/r");
    EXPECT_EQ(gateway.get("/r").status, 500) << code;
  }
}

TEST(RateLimiting, PluginsOfOneScope_CountTogether) {
  TestGateway gateway(policy_with("{name: key-auth}",
                                  "consumers:\n"
                                  "- username: ann\n"
                                  "  keyauth_credentials: [{key: a}]\n"
                                  "  plugins: [{name: rate-limiting, config: {minute: 5, limit_by: ip}}]\n"
                                  "- username: ben\n"
                                  "  keyauth_credentials: [{key: b}]\n"
                                  "  plugins: [{name: rate-limiting, config: {minute: 3, limit_by: ip}}]\n"));
  EXPECT_EQ(remaining(gateway.get("/r?apikey=a")), "4");
  EXPECT_EQ(remaining(gateway.get("/r?apikey=b")), "1");
  EXPECT_EQ(remaining(gateway.get("/r?apikey=a")), "2");
}

TEST(RateLimiting, ByHeader_CountsItsFirstValueAndTheAddressWithoutOne) {
  TestGateway gateway(rate_limiting("minute: 1, limit_by: header, header_name: X-Tenant"));
  EXPECT_EQ(gateway.get("/r", {{"X-Tenant", "a"}}).status, 200);
  EXPECT_EQ(gateway.get("/r", {{"x-tenant", "a"}, {"X-Tenant", "b"}}).status, 429);
  EXPECT_EQ(gateway.get("/r", {{"X-Tenant", "b"}}).status, 200);
  EXPECT_EQ(gateway.get("/r", {{"X-Tenant", ""}}).status, 200) << "an empty value is a value";
  EXPECT_EQ(gateway.get("/r").status, 200);
  EXPECT_EQ(gateway.get("/r").status, 429);
}

TEST(RateLimiting, Header_IsTheSameWithUnderscores) {
  TestGateway gateway(rate_limiting("minute: 1, limit_by: header, header_name: X-Tenant"));
  EXPECT_EQ(remaining(gateway.get("/r", {{"X-Tenant", "a"}})), "0");
  EXPECT_EQ(remaining(gateway.get("/r", {{"x_tenant", "a"}})), "429");
  EXPECT_EQ(remaining(gateway.get("/r", {{"x_tenant", "b"}})), "0");
}

TEST(RateLimiting, ByPath_CountsOnlyExactlyThatPathTogether) {
  TestGateway gateway(rate_limiting("minute: 1, limit_by: path, path: /r/x"));
  EXPECT_EQ(gateway.get("/r/x").status, 200);
  EXPECT_EQ(gateway.get("/r//x?q").status, 429) << "normalised, without the query";
  gateway.client = IpAddress::v4(0xC612000A);
  EXPECT_EQ(gateway.get("/r/x").status, 429) << "whoever asks";
  EXPECT_EQ(gateway.get("/r/y").status, 200) << "other paths by address";
  EXPECT_EQ(gateway.get("/r/z").status, 429);
}

TEST(RateLimiting, ByService_CountsAllClientsTogether) {
  TestGateway gateway(rate_limiting("minute: 1, limit_by: service"));
  EXPECT_EQ(gateway.get("/r").status, 200);
  gateway.client = IpAddress::v4(0xC612000A);
  EXPECT_EQ(gateway.get("/r").status, 429);
}

TEST(RateLimiting, ByAddress_CountsEachClient) {
  TestGateway gateway(rate_limiting("minute: 1, limit_by: ip"));
  EXPECT_EQ(gateway.get("/r").status, 200);
  EXPECT_EQ(gateway.get("/r").status, 429);
  gateway.client = IpAddress::v4(0xC612000A);
  EXPECT_EQ(gateway.get("/r").status, 200);
}

constexpr char kConsumers[] =
    "consumers:\n"
    "- username: ann\n"
    "  keyauth_credentials: [{key: a1}, {key: a2}]\n";

TEST(RateLimiting, ByConsumer_CountsAllTheirCredentialsTogether) {
  TestGateway gateway(
      policy_with("{name: key-auth}, {name: rate-limiting, config: {minute: 1, limit_by: consumer}}", kConsumers));
  EXPECT_EQ(gateway.get("/r?apikey=a1").status, 200);
  EXPECT_EQ(gateway.get("/r?apikey=a2").status, 429);
}

TEST(RateLimiting, ByCredential_CountsEachOfThem) {
  TestGateway gateway(
      policy_with("{name: key-auth}, {name: rate-limiting, config: {minute: 1, limit_by: credential}}", kConsumers));
  EXPECT_EQ(gateway.get("/r?apikey=a1").status, 200);
  EXPECT_EQ(gateway.get("/r?apikey=a2").status, 200);
  EXPECT_EQ(gateway.get("/r?apikey=a1").status, 429);
}

TEST(RateLimiting, FailedAuthentication_DoesNotCount) {
  TestGateway gateway(
      policy_with("{name: key-auth}, {name: rate-limiting, config: {minute: 1, limit_by: ip}}", kConsumers));
  EXPECT_EQ(gateway.get("/r?apikey=bad").status, 401);
  EXPECT_EQ(gateway.get("/r?apikey=a1").status, 200);
}

}  // namespace
}  // namespace sluice::gateway
