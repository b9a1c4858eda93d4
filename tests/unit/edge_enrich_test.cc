// Headers set from claims, the client and fixed texts; what cannot be written is not.
#include <gtest/gtest.h>

#include <ostream>

#include "edge_fixture.h"

namespace sluice::edge {

using policy::EnrichFrom;
using policy::HeaderType;

class EdgeEnrichTest : public test::EdgeTest {};

TEST_F(EdgeEnrichTest, FactsOfTheRequestBecomeHeaders) {
  policy::EdgeRule& rule = add_rule();
  for (const auto& [name, source] :
       std::vector<std::pair<std::string, EnrichFrom>>{{"X-Address", EnrichFrom::kClientAddress},
                                                       {"X-Port", EnrichFrom::kClientPort},
                                                       {"X-Scheme", EnrichFrom::kScheme},
                                                       {"X-Host", EnrichFrom::kHost},
                                                       {"X-Method", EnrichFrom::kMethod},
                                                       {"X-Path", EnrichFrom::kPath},
                                                       {"X-Id", EnrichFrom::kRequestId}}) {
    add_schema(name);
    rule.enrich.push_back(from(name, source));
  }
  new_request("PUT", "/a%20b?c");
  run();
  EXPECT_EQ(header("X-Address"), "198.18.0.2");
  EXPECT_EQ(header("X-Port"), "50000");
  EXPECT_EQ(header("X-Scheme"), "http");
  EXPECT_EQ(header("X-Host"), "shop.example");
  EXPECT_EQ(header("X-Method"), "PUT");
  EXPECT_EQ(header("X-Path"), "/a%20b");
  EXPECT_EQ(header("X-Id"), "0123456789abcdef0123456789abcdef");
}

TEST_F(EdgeEnrichTest, AnIpv6AddressIsWrittenAsRfc5952Says) {
  add_schema("X-Address", HeaderType::kAddress);
  add_rule().enrich = {from("X-Address", EnrichFrom::kClientAddress)};
  http->client.address = *IpAddress::parse("2001:db8:0:0::1");
  run();
  EXPECT_EQ(header("X-Address"), "2001:db8::1");
}

TEST_F(EdgeEnrichTest, TheSchemeOfASecureConnectionIsHttps) {
  add_schema("X-Scheme");
  add_rule().enrich = {from("X-Scheme", EnrichFrom::kScheme)};
  http->client.secure = true;
  run();
  EXPECT_EQ(header("X-Scheme"), "https");
}

TEST_F(EdgeEnrichTest, AClaimWithoutATokenSetsNothing) {
  add_schema("X-Sub");
  add_rule().enrich = {claim("X-Sub", "sub")};
  run();
  EXPECT_EQ(header("X-Sub"), "-");
  EXPECT_EQ(counted(Counter::kEdgeValuesDropped), 0u);
}

struct ClaimCase {
  std::string_view claim;  // JSON; empty: the claim is absent
  HeaderType type;
  std::string_view header;  // "-": absent
  unsigned dropped;
};
void PrintTo(const ClaimCase& c, std::ostream* out) {
  *out << c.claim << " as " << policy::to_text(c.type);
}

class EdgeClaim : public test::EdgeTest, public testing::WithParamInterface<ClaimCase> {};

TEST_P(EdgeClaim, BecomesAHeaderOrIsDropped) {
  const test::TokenMaker& maker = test::TokenMaker::shared(policy::JwsAlgorithm::kHs256);
  edge.keys.push_back({.id = "k", .algorithm = policy::JwsAlgorithm::kHs256, .secret = policy::Secret(maker.secret())});
  add_schema("X-Claim", GetParam().type);
  policy::EdgeRule& rule = add_rule();
  rule.verify.emplace();
  rule.enrich = {claim("X-Claim", "c")};
  const std::string claims =
      GetParam().claim.empty() ? "{}" : "{\"c\":" + std::string(GetParam().claim) + ",\"d\":\"other\"}";
  add_header("X-Claim", "forged");
  add_header("Authorization", "Bearer " + maker.token(claims));
  EXPECT_EQ(run(), http::Verdict::kContinue);
  EXPECT_EQ(header("X-Claim"), GetParam().header);
  EXPECT_EQ(counted(Counter::kEdgeValuesDropped), GetParam().dropped);
}

INSTANTIATE_TEST_SUITE_P(Texts, EdgeClaim,
                         testing::ValuesIn(std::vector<ClaimCase>{
                             {R"("joe")", HeaderType::kString, "joe", 0},
                             {R"("")", HeaderType::kString, "", 0},
                             {R"("  joe\t")", HeaderType::kString, "joe", 0},
                             {R"("J\u00f6")", HeaderType::kString, "J\xc3\xb6", 0},
                             {"42", HeaderType::kString, "42", 0},
                             {"12345678901234567891", HeaderType::kString, "12345678901234567891", 0},
                             {"1.50", HeaderType::kString, "1.50", 0},
                             {"true", HeaderType::kString, "true", 0},
                             {"false", HeaderType::kString, "false", 0},
                             {R"(["a","b",3])", HeaderType::kString, "a,b,3", 0},
                             {"null", HeaderType::kString, "-", 0},
                             {"", HeaderType::kString, "-", 0},
                         }));

INSTANTIATE_TEST_SUITE_P(Injections, EdgeClaim,
                         testing::ValuesIn(std::vector<ClaimCase>{
                             {R"("a\r\nX-Admin: 1")", HeaderType::kString, "-", 1},
                             {R"("a\nb")", HeaderType::kString, "-", 1},
                             {R"("a\rb")", HeaderType::kString, "-", 1},
                             {R"("a\u0000b")", HeaderType::kString, "-", 1},
                             {R"("a\u007fb")", HeaderType::kString, "-", 1},
                             {R"("a\u001bb")", HeaderType::kString, "-", 1},
                             {R"(["a","b\r\nX: y"])", HeaderType::kList, "-", 1},
                             {R"({"a":1})", HeaderType::kString, "-", 1},
                             {R"([["a"]])", HeaderType::kList, "-", 1},
                             {R"(["a",null])", HeaderType::kList, "-", 1},
                             // An element with a comma would be read as two.
                             {R"(["user,admin"])", HeaderType::kList, "-", 1},
                         }));

INSTANTIATE_TEST_SUITE_P(Types, EdgeClaim,
                         testing::ValuesIn(std::vector<ClaimCase>{
                             {"-7", HeaderType::kInteger, "-7", 0},
                             {R"("12")", HeaderType::kInteger, "12", 0},
                             {"1.5", HeaderType::kInteger, "-", 1},
                             {"1e3", HeaderType::kInteger, "-", 1},
                             {R"("")", HeaderType::kInteger, "-", 1},
                             {R"("x")", HeaderType::kInteger, "-", 1},
                             {"true", HeaderType::kBoolean, "true", 0},
                             {R"("false")", HeaderType::kBoolean, "false", 0},
                             {"1", HeaderType::kBoolean, "-", 1},
                             {R"("192.0.2.1")", HeaderType::kAddress, "192.0.2.1", 0},
                             {R"("2001:db8::1")", HeaderType::kAddress, "2001:db8::1", 0},
                             {R"("localhost")", HeaderType::kAddress, "-", 1},
                             {"1700000000", HeaderType::kTime, "1700000000", 0},
                             {R"("yesterday")", HeaderType::kTime, "-", 1},
                             {R"(["a","b"])", HeaderType::kList, "a,b", 0},
                             {"[]", HeaderType::kList, "", 0},
                             {R"("a")", HeaderType::kList, "a", 0},
                         }));

TEST_F(EdgeEnrichTest, ALongListIsDropped) {
  const test::TokenMaker& maker = test::TokenMaker::shared(policy::JwsAlgorithm::kHs256);
  edge.keys.push_back({.id = "k", .algorithm = policy::JwsAlgorithm::kHs256, .secret = policy::Secret(maker.secret())});
  add_schema("X-List", HeaderType::kList);
  policy::EdgeRule& rule = add_rule();
  rule.verify.emplace();
  rule.enrich = {claim("X-List", "c")};
  std::string list = "[\"x\"";
  for (int i = 0; i < 90; ++i) list += ",\"" + std::string(100, 'a') + "\"";
  add_header("Authorization", "Bearer " + maker.token("{\"c\":" + list + "]}"));
  EXPECT_EQ(run(), http::Verdict::kContinue);
  EXPECT_EQ(header("X-List"), "-");
  EXPECT_EQ(counted(Counter::kEdgeValuesDropped), 1u);
}

// Claims live in the memory; what was written must outlive the entry.
TEST_F(EdgeEnrichTest, HeadersOutliveTheRememberedToken) {
  const test::TokenMaker& maker = test::TokenMaker::shared(policy::JwsAlgorithm::kHs256);
  edge.keys.push_back({.id = "k", .algorithm = policy::JwsAlgorithm::kHs256, .secret = policy::Secret(maker.secret())});
  add_schema("X-Sub");
  policy::EdgeRule& rule = add_rule();
  rule.verify.emplace();
  rule.enrich = {claim("X-Sub", "sub")};
  add_header("Authorization", "Bearer " + maker.token(R"({"sub":"joe"})"));
  run();
  EXPECT_EQ(context->token, nullptr);
  Arena other(worker.blocks);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = maker.token("{\"sub\":\"x" + std::to_string(i) + "\"}");
    const auto jws = token::decode(text, token::Dialect::kStrict, other);
    memory.remember(*jws, token::Dialect::kStrict, maker.key().fingerprint());
    other.clear();
  }
  EXPECT_EQ(header("X-Sub"), "joe");
}

}  // namespace sluice::edge
