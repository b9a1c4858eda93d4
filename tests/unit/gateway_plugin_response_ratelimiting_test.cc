#include "gateway_plugin_support.h"

namespace sluice::gateway {
namespace {

std::string limited(const std::string& config) {
  return policy_with("{name: response-ratelimiting, config: {" + config + "}}");
}

class ResponseRatelimiting : public ::testing::Test {
 protected:
  // A request whose answer says that it used so much.
  static TestGateway::Outcome use(TestGateway& gateway, const char* what) {
    return gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"}, {.headers = {{"X-Kong-Limit", what}}});
  }
};

TEST_F(ResponseRatelimiting, AnswerBeyondTheLimit_IsReplaced) {
  TestGateway gateway(limited("limits: {video: {minute: 2}}"));
  EXPECT_EQ(value_of(use(gateway, "video=1").headers, "X-RateLimit-Remaining-video-minute"), "1");
  const auto last = use(gateway, "video=5");
  EXPECT_EQ(last.status, 200);
  EXPECT_FALSE(value_of(last.headers, "X-Kong-Limit"));
  const auto refused = use(gateway, "video=1");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.body, "");
  EXPECT_EQ(value_of(refused.headers, "X-RateLimit-Remaining-video"), "-4");
  EXPECT_EQ(use(gateway, "other=1").status, 200) << "uses nothing that is limited";
  gateway.worker.clock.advance(Duration::seconds(60));
  EXPECT_EQ(use(gateway, "video=1").status, 200);
}

TEST_F(ResponseRatelimiting, RefusedAnswer_CountsNothing) {
  TestGateway gateway(limited("limits: {a: {minute: 1}, b: {minute: 5}}"));
  EXPECT_EQ(use(gateway, "a=1").status, 200);
  EXPECT_EQ(use(gateway, "b=2, a=1").status, 429);
  EXPECT_EQ(value_of(use(gateway, "b=1").headers, "X-RateLimit-Remaining-b-minute"), "4");
}

TEST_F(ResponseRatelimiting, WhatIsNoUse_IsPassedOver) {
  TestGateway gateway(limited("limits: {a: {minute: 9}}"));
  const auto outcome = use(gateway, "a, =1, a=x, a=-1, a=1.5, a==2, b=3,, a = 2 ");
  EXPECT_EQ(value_of(outcome.headers, "X-RateLimit-Remaining-a-minute"), "7");
}

struct UseCase {
  const char* said;
  const char* remaining;  // of 100
};

// What Lua takes for a number. Fractions are rounded up, so that they never admit more than the limit.
TEST_F(ResponseRatelimiting, Use_IsANumberAsKongReadsIt) {
  for (const auto& [said, remaining] :
       {UseCase{"a=7", "93"}, UseCase{"a=+7", "93"}, UseCase{"a=007", "93"}, UseCase{"a=1e1", "90"},
        UseCase{"a=0x10", "84"}, UseCase{"a=1.5", "98"}, UseCase{"a=0.01", "99"}, UseCase{"a=-7", "100"},
        UseCase{"a=nan", "100"}, UseCase{"a=inf", "0"}, UseCase{"a=1e999", "0"}, UseCase{"a=99999999999", "0"},
        UseCase{"a=7, a=x", "100"}, UseCase{"a=7=7", "100"}, UseCase{"a=7, a=2=2", "93"}, UseCase{"a=", "100"}}) {
    TestGateway gateway(limited("limits: {a: {minute: 100}}"));
    EXPECT_EQ(value_of(use(gateway, said).headers, "X-RateLimit-Remaining-a-minute"), remaining) << said;
  }
}

TEST_F(ResponseRatelimiting, HeaderWithUnderscores_IsFoundWithDashes) {
  TestGateway gateway(limited("header_name: x_kong_limit, limits: {a: {minute: 9}}"));
  const auto outcome = use(gateway, "a=2");
  EXPECT_EQ(value_of(outcome.headers, "X-RateLimit-Remaining-a-minute"), "7");
  EXPECT_FALSE(value_of(outcome.headers, "X-Kong-Limit"));
}

TEST_F(ResponseRatelimiting, BlockOnFirstViolation_RefusesTheRequest) {
  TestGateway gateway(limited("limits: {a: {minute: 1}}, block_on_first_violation: true"));
  EXPECT_EQ(use(gateway, "a=3").status, 200);
  const auto refused = use(gateway, "");
  EXPECT_EQ(refused.status, 429);
  EXPECT_FALSE(refused.proxied);
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayRateLimited), 1u);
}

TEST_F(ResponseRatelimiting, OriginsOwnFields_MakeWay) {
  TestGateway gateway(limited("limits: {a: {minute: 9}}"));
  const auto outcome =
      gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"}, {.headers = {{"X-RateLimit-Remaining-a", "77"}}});
  EXPECT_EQ(all_values(outcome.headers, "X-RateLimit-Remaining-a"), "9");
}

TEST_F(ResponseRatelimiting, OriginsOwnFieldsOfRateLimiting_MakeWayToo) {
  TestGateway gateway(
      policy_with("{name: rate-limiting, config: {minute: 3}}, "
                  "{name: response-ratelimiting, config: {limits: {a: {minute: 9}}}}"));
  const auto outcome =
      gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"}, {.headers = {{"RateLimit-Limit", "77"}}});
  EXPECT_EQ(all_values(outcome.headers, "RateLimit-Limit"), "3");
}

TEST_F(ResponseRatelimiting, HugeUse_DoesNotWrap) {
  TestGateway gateway(limited("limits: {a: {minute: 10}}"));
  EXPECT_EQ(use(gateway, "a=1").status, 200);
  EXPECT_EQ(use(gateway, "a=4294967295").status, 200);
  EXPECT_EQ(use(gateway, "a=4294967295").status, 429);
}

}  // namespace
}  // namespace sluice::gateway
