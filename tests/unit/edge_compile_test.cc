// What the edge refuses to compile, all mistakes at once; what explain says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge_fixture.h"

namespace sluice::edge {

using testing::ElementsAre;
using testing::HasSubstr;

class EdgeCompileTest : public test::EdgeTest {
 protected:
  policy::EdgeKey& add_secret_key(std::string id = "k") {
    policy::EdgeKey& key = edge.keys.emplace_back();
    key.id = std::move(id);
    key.algorithm = policy::JwsAlgorithm::kHs256;
    key.secret = policy::Secret("top secret");
    return key;
  }
};

TEST_F(EdgeCompileTest, AllMistakesComeAtOnceWithTheirPlace) {
  policy::EdgeRule& one = add_rule("one");
  one.where = {12, 3};
  one.match.path_regex = "(";
  one.enrich = {fixed("X-Unknown", "1")};
  policy::EdgeRule& two = add_rule("two");
  two.where = {20, 3};
  two.verify.emplace().keys = {"nobody"};
  auto compiled = Stage::compile(edge);
  ASSERT_FALSE(compiled);
  ASSERT_EQ(compiled.error().size(), 4u);
  EXPECT_EQ(compiled.error()[0].where.line, 12u);
  EXPECT_THAT(compiled.error()[0].message, HasSubstr("edge rule 'one1': match.path_regex: "));
  EXPECT_EQ(compiled.error()[1].message, "edge rule 'one1': enrich.header: 'X-Unknown' is no header of edge.schema");
  EXPECT_EQ(compiled.error()[2].where.line, 20u);
  EXPECT_EQ(compiled.error()[2].message, "edge rule 'two2': verify.keys: 'nobody' is no key of edge.keys");
  EXPECT_THAT(compiled.error()[3].message, HasSubstr("there is no key to verify with"));
}

TEST_F(EdgeCompileTest, KeysSayWhyWithoutTheirSecret) {
  policy::EdgeKey& b64 = add_secret_key("b64");
  b64.secret_is_base64 = true;
  b64.where = {5, 7};
  policy::EdgeKey& pem = edge.keys.emplace_back();
  pem.id = "pem";
  pem.algorithm = policy::JwsAlgorithm::kRs256;
  pem.public_key = test::TokenMaker::shared(policy::JwsAlgorithm::kEs256).public_pem();
  policy::EdgeKey& jwks = edge.keys.emplace_back();
  jwks.id = "set";
  jwks.jwks_file = "keys.json";
  jwks.jwks = "[]";
  EXPECT_THAT(compile_errors(),
              ElementsAre("edge key 'b64': secret: the secret is not base64",
                          "edge key 'pem': public_key: an EC key on P-256 cannot verify RS256",
                          "edge key 'set': jwks_file: expected a JWK Set: an object with a list 'keys'"));
}

TEST_F(EdgeCompileTest, EnrichmentsMustFitTheSchema) {
  add_schema("X-Count", policy::HeaderType::kInteger);
  add_schema("X-Gateway", policy::HeaderType::kString, policy::Stage::kGateway);
  add_schema("Host");
  add_rule().enrich = {fixed("x-count", "many"), fixed("X-Gateway", "1"), fixed("Host", "x")};
  EXPECT_THAT(compile_errors(),
              ElementsAre("edge rule 'rule1': enrich.value: 'many' is no value of the type that the schema says",
                          "edge rule 'rule1': enrich.header: the schema lets only the gateway write 'X-Gateway'",
                          "edge rule 'rule1': enrich.header: 'Host' cannot be set by a rule"));
}

TEST_F(EdgeCompileTest, RewritesMustMakePaths) {
  add_rule().rewrite.emplace().path_regex = policy::RegexRewrite{"/(a)", "/$2"};
  add_rule().rewrite.emplace().path_regex = policy::RegexRewrite{"/a", "/b?c"};
  add_rule().rewrite.emplace().path_regex = policy::RegexRewrite{"/a", "/b%zz"};
  add_rule().rewrite.emplace().path_regex = policy::RegexRewrite{"/a", "/$x"};
  add_rule().rewrite.emplace().path_regex = policy::RegexRewrite{"/a", "/b$"};
  add_rule().rewrite.emplace().path_regex = policy::RegexRewrite{"[", "/"};
  add_rule().rewrite.emplace().path_prefix = policy::PrefixRewrite{"/a?b", "x"};
  EXPECT_THAT(
      compile_errors(),
      ElementsAre(HasSubstr("rewrite.path_regex.to: '$2' names a group that the pattern does not have"),
                  HasSubstr("rewrite.path_regex.to: a path has no '?' and no '#'; see rewrite.query"),
                  HasSubstr("rewrite.path_regex.to: expected two hex digits after each '%'"),
                  HasSubstr("rewrite.path_regex.to: a '$' stands before a digit, or doubled for itself"),
                  HasSubstr("rewrite.path_regex.to: a '$' stands before a digit, or doubled for itself"),
                  HasSubstr("rewrite.path_regex.pattern: "), HasSubstr("rewrite.path_prefix.from: '/a?b' is no path"),
                  HasSubstr("rewrite.path_prefix.to: 'x' is no path")));
}

TEST_F(EdgeCompileTest, RedirectsNameGroupsOfTheMatch) {
  add_rule().redirect.emplace().location = "/$1";
  policy::EdgeRule& fragment = add_rule();
  fragment.redirect.emplace().location = "/a#b";
  fragment.redirect->keep_query = true;
  EXPECT_THAT(compile_errors(),
              ElementsAre(HasSubstr("redirect.location: '$1' names a group that the pattern does not have"),
                          HasSubstr("redirect.keep_query: the location has a fragment")));
}

TEST_F(EdgeCompileTest, FramingIsNotForRules) {
  policy::EdgeRule& rule = add_rule();
  rule.strip = {"Content-Length", "host"};
  rule.respond.emplace().headers = {{"Transfer-Encoding", "chunked"}, {"X-Bad", "a\nb"}};
  rule.response_headers.emplace().remove = {"Connection", "Proxy-Connection"};
  rule.response_headers->set = {{"Upgrade", "h2c"}};
  EXPECT_THAT(compile_errors(), ElementsAre(HasSubstr("strip: 'Content-Length' is not for rules"),
                                            HasSubstr("strip: 'host' is not for rules"),
                                            HasSubstr("respond.headers: 'Transfer-Encoding' is not for rules"),
                                            HasSubstr("respond.headers: the value of 'X-Bad' cannot stand in a header"),
                                            HasSubstr("response_headers.remove: 'Connection' is not for rules"),
                                            HasSubstr("response_headers.remove: 'Proxy-Connection' is not for rules"),
                                            HasSubstr("response_headers.set: 'Upgrade' is not for rules")));
}

TEST_F(EdgeCompileTest, AnAnswerWithoutABodyHasNone) {
  policy::Respond& respond = add_rule().respond.emplace();
  respond.status = 304;
  respond.body = "x";
  EXPECT_THAT(compile_errors(), ElementsAre(HasSubstr("respond.body: an answer 304 has no body")));
}

TEST_F(EdgeCompileTest, ExplainSaysWhatEachRuleDoes) {
  const test::TokenMaker& maker = test::TokenMaker::shared(policy::JwsAlgorithm::kHs256);
  add_secret_key().secret = policy::Secret(maker.secret());
  add_schema("X-User");
  policy::EdgeRule& verify = add_rule("verify");
  verify.verify.emplace();
  verify.enrich = {claim("X-User", "sub")};
  policy::EdgeRule& admin = add_rule("admin");
  admin.match.path_prefix = "/admin";
  policy::EdgeRule& rewrite = add_rule("rewrite");
  rewrite.match.path_prefix = "/api";
  rewrite.rewrite.emplace().path_prefix = policy::PrefixRewrite{"/api", "/v2"};
  rewrite.rewrite->host = "internal.example";
  policy::EdgeRule& redirect = add_rule("redirect");
  redirect.match.path_prefix = "/v2/old";
  redirect.redirect.emplace().location = "/new";
  add_rule("never");
  compile();
  new_request("GET", "/api/old?x=1");
  add_header("X-User", "forged");
  add_header("Authorization", "Bearer " + maker.token(R"({"sub":"joe"})"));
  EXPECT_THAT(stage->explain(*context),
              ElementsAre("schema:", "  strips X-User",                                                    //
                          "rule 'verify1': matches", "  verifies the token: HS256", "  sets X-User: joe",  //
                          "rule 'admin2': does not match (path_prefix)",                                   //
                          "rule 'rewrite3': matches", "  target: /api/old?x=1 -> /v2/old?x=1",
                          "  host: shop.example -> internal.example",  //
                          "rule 'redirect4': matches", "  answers 302 Moved Temporarily", "    Location: /new"));
}

TEST_F(EdgeCompileTest, ExplainSaysWhyATokenIsRefused) {
  add_secret_key();
  add_rule("verify").verify.emplace();
  compile();
  EXPECT_THAT(stage->explain(*context),
              ElementsAre("rule 'verify1': matches", "  answers 401 Unauthorized", "    WWW-Authenticate: Bearer",
                          "    Content-Type: application/json; charset=utf-8"));
}

}  // namespace sluice::edge
