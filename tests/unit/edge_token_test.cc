// Bearer tokens at the edge: what passes, what is refused with which words, what the gateway is told.
#include <gtest/gtest.h>

#include <cstring>

#include "edge_fixture.h"

namespace sluice::edge {

using Algorithm = policy::JwsAlgorithm;
using http::Verdict;
using test::TokenMaker;

class EdgeTokenTest : public test::EdgeTest {
 protected:
  EdgeTokenTest() : rule(add_rule()), verify(rule.verify.emplace()) { add_key("main", maker); }

  policy::EdgeKey& add_key(std::string id, const TokenMaker& from) {
    policy::EdgeKey& key = edge.keys.emplace_back();
    key.id = std::move(id);
    key.algorithm = from.algorithm();
    if (is_hmac(from.algorithm())) {
      key.secret = policy::Secret(from.secret());
    } else {
      key.public_key = from.public_pem();
    }
    return key;
  }
  // The status of a request with this Authorization; 0: it goes on.
  int status(std::string_view authorization) {
    new_request("GET", "/");
    add_header("Authorization", authorization);
    return run() == Verdict::kContinue ? 0 : http->answer.head.status;
  }
  int status_of_claims(std::string_view claims) { return status("Bearer " + maker.token(claims)); }
  std::string seconds_from_now(int64_t s) { return std::to_string(worker.clock.wall_now().seconds() + s); }
  std::string challenge() { return answer_header("WWW-Authenticate"); }

  const TokenMaker& maker = TokenMaker::shared(Algorithm::kHs256);
  policy::EdgeRule& rule;
  policy::Verify& verify;
};

TEST_F(EdgeTokenTest, AGoodTokenPassesWithAVerdict) {
  const std::string token = maker.token(R"({"sub":"joe"})");
  EXPECT_EQ(status("Bearer " + token), 0);
  EXPECT_TRUE(http->token.valid);
  EXPECT_EQ(http->token.token, token);
  EXPECT_EQ(http->token.algorithm, "HS256");
  EXPECT_EQ(std::memcmp(http->token.key_fingerprint, maker.key().fingerprint().words, 32), 0);
  EXPECT_EQ(counted(Counter::kEdgeTokensAccepted), 1u);
}

TEST_F(EdgeTokenTest, TheSchemeIsOfAnyCaseAndSpaces) {
  const std::string token = maker.token("{}");
  EXPECT_EQ(status("bearer " + token), 0);
  EXPECT_EQ(status("BEARER   " + token), 0);
}

TEST_F(EdgeTokenTest, ARequestWithoutATokenIsAskedForOne) {
  new_request("GET", "/");
  EXPECT_EQ(run(), Verdict::kAnswer);
  EXPECT_EQ(http->answer.head.status, 401);
  EXPECT_EQ(challenge(), "Bearer");
  EXPECT_EQ(http->answer.body, R"({"message":"Unauthorized","request_id":"0123456789abcdef0123456789abcdef"})");
  EXPECT_EQ(answer_header("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(context->refusal->reason, Counter::kEdgeTokenMissing);
  EXPECT_EQ(context->refusal->side, Side::kClient);
  EXPECT_EQ(counted(Counter::kEdgeTokenMissing), 1u);
}

TEST_F(EdgeTokenTest, AnotherSchemeIsNoToken) {
  EXPECT_EQ(status("Basic am9lOnNlY3JldA=="), 401);
  EXPECT_EQ(status(maker.token("{}")), 401);
  EXPECT_EQ(counted(Counter::kEdgeTokenMissing), 2u);
}

TEST_F(EdgeTokenTest, ARequestWithoutATokenPassesWhereNoneIsRequired) {
  verify.required = false;
  new_request("GET", "/");
  EXPECT_EQ(run(), Verdict::kContinue);
  EXPECT_FALSE(http->token.valid);
  EXPECT_EQ(status("Bearer nonsense"), 401) << "a bad token is refused all the same";
}

TEST_F(EdgeTokenTest, ABadTokenIsNamedInTheChallenge) {
  verify.realm = "a \"b\" \\c";
  EXPECT_EQ(status("Bearer nonsense"), 401);
  EXPECT_EQ(challenge(),
            R"(Bearer realm="a \"b\" \\c", error="invalid_token", error_description="The token is malformed")");
  new_request("GET", "/");
  run();
  EXPECT_EQ(challenge(), R"(Bearer realm="a \"b\" \\c")");
}

TEST_F(EdgeTokenTest, MalformedTokensAreCounted) {
  const std::string good = maker.token("{}");
  for (const std::string& text :
       {std::string("Bearer"), std::string("Bearer "), "Bearer" + good, "Bearer " + good + "=",
        "Bearer " + good + ", Bearer " + good, "Bearer " + good + " x",
        "Bearer " + maker.token_with_header(R"({"alg":"none"})", "{}"),
        "Bearer " + maker.token_with_header(R"({"alg":"HS256","crit":["b64"]})", "{}")}) {
    EXPECT_EQ(status(text), 401) << text;
  }
  EXPECT_EQ(counted(Counter::kEdgeTokenMalformed), 8u);
  EXPECT_EQ(counted(Counter::kTokenVerifications), 0u);
}

TEST_F(EdgeTokenTest, TwoAuthorizationFieldsAreOneTooMany) {
  new_request("GET", "/");
  add_header("Authorization", "Bearer " + maker.token("{}"));
  add_header("authorization", "Basic x");
  EXPECT_EQ(run(), Verdict::kAnswer);
  EXPECT_EQ(counted(Counter::kEdgeTokenMalformed), 1u);
}

TEST_F(EdgeTokenTest, AForgedSignatureIsRefused) {
  const TokenMaker forger = TokenMaker::with_secret(Algorithm::kHs256, "guess");
  EXPECT_EQ(status("Bearer " + forger.token("{}")), 401);
  EXPECT_EQ(context->refusal->reason, Counter::kEdgeTokenBadSignature);
  EXPECT_FALSE(http->token.valid);
}

TEST_F(EdgeTokenTest, AnAlgorithmWithoutAKeyIsRefused) {
  EXPECT_EQ(status("Bearer " + TokenMaker::shared(Algorithm::kEs256).token("{}")), 401);
  EXPECT_EQ(context->refusal->reason, Counter::kEdgeTokenUnknownKey);
}

// A key of RS256, its PEM known to all, an HS256 token signed with that text.
TEST_F(EdgeTokenTest, APublicKeyIsNoSecret) {
  edge.keys.clear();
  const TokenMaker& rsa = TokenMaker::shared(Algorithm::kRs256);
  add_key("rsa", rsa);
  const TokenMaker forger = TokenMaker::with_secret(Algorithm::kHs256, rsa.public_pem());
  EXPECT_EQ(status("Bearer " + forger.token("{}")), 401);
  EXPECT_EQ(status("Bearer " + rsa.token("{}")), 0);
}

TEST_F(EdgeTokenTest, AnotherHeaderMayHoldTheToken) {
  verify.header = "X-Token";
  new_request("GET", "/");
  add_header("x-token", "Bearer " + maker.token("{}"));
  EXPECT_EQ(run(), Verdict::kContinue);
  EXPECT_EQ(status("Bearer " + maker.token("{}")), 401) << "Authorization is not looked at";
}

TEST_F(EdgeTokenTest, ExpIsTheFirstMomentThatIsTooLate) {
  EXPECT_EQ(status_of_claims("{\"exp\":" + seconds_from_now(1) + "}"), 0);
  EXPECT_EQ(status_of_claims("{\"exp\":" + seconds_from_now(0) + "}"), 401);
  EXPECT_EQ(context->refusal->reason, Counter::kEdgeTokenExpired);
  EXPECT_EQ(counted(Counter::kTokenVerifications), 1u) << "an expired token is not worth a verification";
}

TEST_F(EdgeTokenTest, NbfIsTheFirstMomentThatIsGood) {
  EXPECT_EQ(status_of_claims("{\"nbf\":" + seconds_from_now(0) + "}"), 0);
  EXPECT_EQ(status_of_claims("{\"nbf\":" + seconds_from_now(1) + "}"), 401);
  EXPECT_EQ(context->refusal->reason, Counter::kEdgeTokenNotYetValid);
}

TEST_F(EdgeTokenTest, LeewayWidensBothEnds) {
  verify.leeway = Duration::seconds(30);
  EXPECT_EQ(status_of_claims("{\"exp\":" + seconds_from_now(-29) + "}"), 0);
  EXPECT_EQ(status_of_claims("{\"exp\":" + seconds_from_now(-30) + "}"), 401);
  EXPECT_EQ(status_of_claims("{\"nbf\":" + seconds_from_now(30) + "}"), 0);
  EXPECT_EQ(status_of_claims("{\"nbf\":" + seconds_from_now(31) + "}"), 401);
}

TEST_F(EdgeTokenTest, TimesThatAreNoNumbersAreRefused) {
  for (const std::string_view claims :
       {R"({"exp":"4102444800"})", R"({"exp":null})", R"({"exp":[1]})", R"({"exp":1e999})", R"({"nbf":true})"}) {
    EXPECT_EQ(status_of_claims(claims), 401) << claims;
    EXPECT_EQ(context->refusal->reason, Counter::kEdgeTokenBadClaims);
  }
}

TEST_F(EdgeTokenTest, TimesAreNotLookedAtWhereTheRuleSaysSo) {
  verify.claims_to_verify = {};
  EXPECT_EQ(status_of_claims(R"({"exp":1,"nbf":"x"})"), 0);
}

TEST_F(EdgeTokenTest, IssuersAreExact) {
  verify.issuers = {"https://id.example", "other"};
  EXPECT_EQ(status_of_claims(R"({"iss":"https://id.example"})"), 0);
  EXPECT_EQ(status_of_claims(R"({"iss":"https://id.example/"})"), 401);
  EXPECT_EQ(status_of_claims(R"({"iss":["other"]})"), 401);
  EXPECT_EQ(status_of_claims(R"({})"), 401);
}

TEST_F(EdgeTokenTest, AnAudienceMayBeOneOfMany) {
  verify.audiences = {"shop", "api"};
  EXPECT_EQ(status_of_claims(R"({"aud":"api"})"), 0);
  EXPECT_EQ(status_of_claims(R"({"aud":["x","shop"]})"), 0);
  EXPECT_EQ(status_of_claims(R"({"aud":["x",["shop"]]})"), 401);
  EXPECT_EQ(status_of_claims(R"({"aud":[]})"), 401);
  EXPECT_EQ(status_of_claims(R"({"aud":{"shop":1}})"), 401);
  EXPECT_EQ(status_of_claims(R"({})"), 401);
}

TEST_F(EdgeTokenTest, RequiredClaimsMustBeThere) {
  verify.required_claims = {"sub", "scope"};
  EXPECT_EQ(status_of_claims(R"({"sub":"joe","scope":""})"), 0);
  EXPECT_EQ(status_of_claims(R"({"sub":"joe"})"), 401);
  EXPECT_EQ(status_of_claims(R"({"sub":"joe","scope":null})"), 401);
}

TEST_F(EdgeTokenTest, ARuleTrustsOnlyTheKeysItNames) {
  const TokenMaker& other = TokenMaker::shared(Algorithm::kEs256);
  add_key("other", other);
  verify.keys = {"other"};
  EXPECT_EQ(status("Bearer " + other.token("{}")), 0);
  EXPECT_EQ(status("Bearer " + maker.token("{}")), 401);
}

TEST_F(EdgeTokenTest, ABase64SecretIsItsBytes) {
  edge.keys.clear();
  policy::EdgeKey& key = add_key("b64", maker);
  key.secret = policy::Secret("YmluYXJ5LXNlY3JldCE=");
  key.secret_is_base64 = true;
  EXPECT_EQ(status("Bearer " + TokenMaker::with_secret(Algorithm::kHs256, "binary-secret!").token("{}")), 0);
}

TEST_F(EdgeTokenTest, KeysOfAJwkSetAreChosenByKid) {
  edge.keys.clear();
  policy::EdgeKey& key = edge.keys.emplace_back();
  key.id = "set";
  key.jwks_file = "keys.json";
  key.jwks = R"({"keys":[{"kty":"oct","alg":"HS256","kid":"one","k":"b25l"},)"
             R"({"kty":"oct","alg":"HS256","kid":"two","k":"dHdv"}]})";
  const TokenMaker two = TokenMaker::with_secret(Algorithm::kHs256, "two");
  EXPECT_EQ(status("Bearer " + two.token_with_kid("two", "{}")), 0);
  EXPECT_EQ(status("Bearer " + two.token_with_kid("one", "{}")), 401);
  EXPECT_EQ(status("Bearer " + two.token_with_kid("three", "{}")), 401);
  EXPECT_EQ(status("Bearer " + two.token("{}")), 0);
}

TEST_F(EdgeTokenTest, ATokenIsVerifiedOnce) {
  const std::string authorization = "Bearer " + maker.token(R"({"sub":"joe"})");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status(authorization), 0);
  EXPECT_EQ(counted(Counter::kTokenVerifications), 1u);
  EXPECT_EQ(counted(Counter::kTokenMemoryHits), 4u);
}

TEST_F(EdgeTokenTest, ARememberedTokenStillExpires) {
  const std::string authorization = "Bearer " + maker.token("{\"exp\":" + seconds_from_now(10) + "}");
  EXPECT_EQ(status(authorization), 0);
  worker.advance(Duration::seconds(10));
  EXPECT_EQ(status(authorization), 401);
  EXPECT_EQ(context->refusal->reason, Counter::kEdgeTokenExpired);
}

TEST_F(EdgeTokenTest, ARememberedTokenStillFacesEachRulesClaims) {
  policy::EdgeRule& second = add_rule();
  second.match.path_prefix = "/admin";
  second.verify.emplace().required_claims = {"admin"};
  const std::string authorization = "Bearer " + maker.token("{}");
  EXPECT_EQ(status(authorization), 0);
  new_request("GET", "/admin");
  add_header("Authorization", authorization);
  EXPECT_EQ(run(), Verdict::kAnswer);
  EXPECT_EQ(context->refusal->reason, Counter::kEdgeTokenBadClaims);
}

// The memory outlives a policy; a key that the next one does not have is believed no more.
TEST_F(EdgeTokenTest, ARemovedKeyIsNotBelievedAfterAReload) {
  const std::string authorization = "Bearer " + maker.token("{}");
  EXPECT_EQ(status(authorization), 0);
  edge.keys.clear();
  add_key("main", TokenMaker::with_secret(Algorithm::kHs256, "rotated"));
  compile();
  EXPECT_EQ(status(authorization), 401);
  EXPECT_EQ(context->refusal->reason, Counter::kEdgeTokenBadSignature);
}

TEST_F(EdgeTokenTest, AKeyThatStaysIsStillBelievedAfterAReload) {
  const std::string authorization = "Bearer " + maker.token("{}");
  EXPECT_EQ(status(authorization), 0);
  add_key("new", TokenMaker::with_secret(Algorithm::kHs256, "new"));
  compile();
  EXPECT_EQ(status(authorization), 0);
  EXPECT_EQ(counted(Counter::kTokenVerifications), 1u);
}

// The kid that a token names belongs to another key after the reload: as if it had never been seen.
TEST_F(EdgeTokenTest, AKidThatChangedHandsIsNotBelievedAfterAReload) {
  const auto set = [&](std::string_view one, std::string_view two) {
    edge.keys.clear();
    policy::EdgeKey& key = edge.keys.emplace_back();
    key.id = "set";
    key.jwks_file = "keys.json";
    key.jwks = R"({"keys":[{"kty":"oct","alg":"HS256","kid":"one","k":")" + std::string(one) +
               R"("},{"kty":"oct","alg":"HS256","kid":"two","k":")" + std::string(two) + R"("}]})";
    compile();
  };
  set("b25l", "dHdv");
  const std::string authorization =
      "Bearer " + TokenMaker::with_secret(Algorithm::kHs256, "one").token_with_kid("one", "{}");
  EXPECT_EQ(status(authorization), 0);
  set("dHdv", "b25l");
  EXPECT_EQ(status(authorization), 401);
}

TEST_F(EdgeTokenTest, ATokenTooLargeToRememberStillPasses) {
  add_schema("X-Sub");
  rule.enrich = {claim("X-Sub", "sub")};
  const std::string claims = R"({"sub":"joe","pad":")" + std::string(4000, 'a') + "\"}";
  EXPECT_EQ(status_of_claims(claims), 0);
  EXPECT_EQ(header("X-Sub"), "joe");
  EXPECT_EQ(counted(Counter::kTokenMemoryTooLarge), 1u);
}

class EdgeTokenAlgorithm : public EdgeTokenTest, public testing::WithParamInterface<Algorithm> {};

TEST_P(EdgeTokenAlgorithm, PassesAtTheEdge) {
  const TokenMaker& from = TokenMaker::shared(GetParam());
  edge.keys.clear();
  add_key("main", from);
  EXPECT_EQ(status("Bearer " + from.token(R"({"sub":"joe"})")), 0);
  EXPECT_EQ(http->token.algorithm, token::name_of(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, EdgeTokenAlgorithm,
                         testing::Values(Algorithm::kHs512, Algorithm::kRs256, Algorithm::kPs384, Algorithm::kEs256,
                                         Algorithm::kEs512, Algorithm::kEdDsa),
                         [](const auto& info) { return std::string(token::name_of(info.param)); });

}  // namespace sluice::edge
