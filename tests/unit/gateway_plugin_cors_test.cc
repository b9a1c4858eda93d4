#include "gateway_plugin_support.h"

namespace sluice::gateway {
namespace {

std::string cors(const std::string& config) {
  return policy_with("{name: cors, config: {" + config + "}}");
}

struct OriginCase {
  const char* what;
  const char* config;
  const char* origin;   // nullptr: none
  const char* allowed;  // Access-Control-Allow-Origin; empty: absent
};

class CorsOrigins : public ::testing::TestWithParam<OriginCase> {};

TEST_P(CorsOrigins, AreAllowedAsByKong) {
  TestGateway gateway(cors(GetParam().config));
  Fields headers;
  if (GetParam().origin != nullptr) headers.emplace_back("Origin", GetParam().origin);
  const auto outcome = gateway.get("/r", headers);
  EXPECT_EQ(all_values(outcome.headers, "Access-Control-Allow-Origin"), GetParam().allowed) << GetParam().what;
}

constexpr char kTwo[] = "origins: ['https://app.example', 'http://other.example:8080']";

INSTANTIATE_TEST_SUITE_P(
    Table, CorsOrigins,
    ::testing::Values(
        OriginCase{"any", "", nullptr, "*"},  //
        OriginCase{"one literal is said to everybody", "origins: ['https://app.example']", "https://evil.example",
                   "https://app.example"},
        OriginCase{"the default port", kTwo, "https://app.example:443", "https://app.example"},
        OriginCase{"another port", kTwo, "https://app.example:444", ""},
        OriginCase{"another scheme", kTwo, "http://app.example", ""},
        OriginCase{"a trailing slash", kTwo, "https://app.example/", "https://app.example"},
        OriginCase{"user info", kTwo, "https://me@app.example", "https://app.example"},
        OriginCase{"null", kTwo, "null", ""}, OriginCase{"empty", kTwo, "", ""},
        OriginCase{"case counts", kTwo, "https://APP.example", ""},
        OriginCase{"a regex matches all of it", "origins: ['https://[a-z]+\\.app\\.example']",
                   "https://x.app.example.evil", ""},
        OriginCase{"a regex that matches", "origins: ['https://[a-z]+\\.app\\.example']", "https://x.app.example",
                   "https://x.app.example"},
        OriginCase{"a regex without a colon is about the host", "origins: ['(.*[.])?app[.]example']",
                   "http://a.app.example:81", "http://a.app.example:81"},
        OriginCase{"an alternative is bound at both ends", "origins: ['https://a\\.example|https://b\\.example']",
                   "https://a.example.evil", ""},
        OriginCase{"an address in brackets", "origins: ['.*:8080', 'https://x.example']", "http://[2001:db8::1]:8080",
                   "http://[2001:db8::1]:8080"},
        OriginCase{"a star in a list", "origins: ['*', 'https://app.example']", "https://any.example", "*"},
        OriginCase{"a star in a list without an origin", "origins: ['*', 'https://app.example']", nullptr, ""},
        OriginCase{"credentials name the origin", "credentials: true", "https://any.example", "https://any.example"}));

TEST(Cors, Vary_StandsBesideTheOrigins) {
  TestGateway gateway(cors(kTwo));
  const auto outcome = gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"}, {.headers = {{"Vary", "Accept"}}});
  EXPECT_EQ(all_values(outcome.headers, "Vary"), "Accept|Origin");
}

Fields preflight(Fields more = {}) {
  more.emplace_back("Origin", "https://app.example");
  more.emplace_back("Access-Control-Request-Method", "PUT");
  return more;
}

TEST(Cors, Preflight_IsAnsweredWithWhatIsAllowed) {
  TestGateway gateway(cors("methods: [GET, PUT], headers: [X-A, X-B], max_age: 600, exposed_headers: [X-E]"));
  const auto outcome = gateway.send("OPTIONS", "/r", preflight({{"Access-Control-Request-Headers", "X-C"}}));
  EXPECT_FALSE(outcome.proxied);
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.body, "");
  EXPECT_EQ(value_of(outcome.headers, "Access-Control-Allow-Methods"), "GET,PUT");
  EXPECT_EQ(value_of(outcome.headers, "Access-Control-Allow-Headers"), "X-A,X-B");
  EXPECT_EQ(value_of(outcome.headers, "Access-Control-Max-Age"), "600");
  EXPECT_EQ(value_of(outcome.headers, "Access-Control-Expose-Headers"), std::nullopt);
  EXPECT_EQ(value_of(outcome.headers, "Content-Type"), std::nullopt);
}

TEST(Cors, PreflightWhereNoMethodIsAllowed_SaysNone) {
  TestGateway gateway(cors("methods: [], max_age: 10000000000"));
  const auto outcome =
      gateway.send("OPTIONS", "/r", {{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "PUT"}});
  EXPECT_EQ(value_of(outcome.headers, "Access-Control-Allow-Methods"), std::nullopt);
  EXPECT_EQ(value_of(outcome.headers, "Access-Control-Max-Age"), "10000000000");
}

TEST(Cors, Preflight_EchoesTheHeadersAskedFor) {
  TestGateway gateway(cors(""));
  const auto asked = gateway.send("OPTIONS", "/r", preflight({{"Access-Control-Request-Headers", "X-C, X-D"}}));
  EXPECT_EQ(value_of(asked.headers, "Access-Control-Allow-Headers"), "X-C, X-D");
  const auto not_asked = gateway.send("OPTIONS", "/r", preflight());
  EXPECT_EQ(value_of(not_asked.headers, "Access-Control-Allow-Headers"), std::nullopt);
}

TEST(Cors, PrivateNetwork_IsAllowedWhereAskedAndConfigured) {
  const Fields asking = preflight({{"Access-Control-Request-Private-Network", "true"}});
  TestGateway allowing(cors("private_network: true"));
  EXPECT_EQ(value_of(allowing.send("OPTIONS", "/r", asking).headers, "Access-Control-Allow-Private-Network"), "true");
  EXPECT_EQ(value_of(allowing.send("OPTIONS", "/r", preflight()).headers, "Access-Control-Allow-Private-Network"),
            std::nullopt);
  TestGateway other(cors(""));
  EXPECT_EQ(value_of(other.send("OPTIONS", "/r", asking).headers, "Access-Control-Allow-Private-Network"),
            std::nullopt);
}

TEST(Cors, ContinuedPreflight_GoesToTheOriginUnmarked) {
  TestGateway gateway(cors("preflight_continue: true"));
  const auto outcome = gateway.send("OPTIONS", "/r", preflight());
  EXPECT_TRUE(outcome.proxied);
  EXPECT_EQ(value_of(outcome.headers, "Access-Control-Allow-Origin"), std::nullopt);
}

TEST(Cors, RegexThatIsNone_IsRefusedAtLoad) {
  const auto loaded = config::load_policy(cors("origins: ['https://(', 'https://app.example']"), "p");
  EXPECT_FALSE(loaded.policy.has_value());
}

}  // namespace
}  // namespace sluice::gateway
