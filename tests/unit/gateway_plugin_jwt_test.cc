#include "gateway/plugins/jwt_tokens.h"
#include "gateway_plugin_support.h"
#include "token/verified_memory.h"
#include "token_maker.h"

namespace sluice::gateway {
namespace {

using policy::JwsAlgorithm;
using test::TokenMaker;

constexpr char kConsumers[] =
    "consumers:\n"
    "- username: ann\n"
    "  id: aaaaaaaa-0000-4000-8000-000000000001\n"
    "  jwt_secrets:\n"
    "  - {key: k, secret: secret-one}\n"
    "  - {key: b64, secret: YmluYXJ5LXNlY3JldCE=}\n"
    "  - {key: common, secret: YWI+/w==}\n"
    "- {username: guest}\n";

std::string jwt(const std::string& config) {
  return policy_with("{name: jwt, config: {" + config + "}}", kConsumers);
}

std::string signed_by(const std::string& secret, std::string_view claims) {
  return TokenMaker::with_secret(JwsAlgorithm::kHs256, secret).token(claims);
}

const std::string kGood = signed_by("secret-one", R"({"iss":"k"})");

TEST(Jwt, SaltOfAnyLength_IsTaken) {
  const TokenMaker& maker = TokenMaker::shared(JwsAlgorithm::kPs256);
  std::string pem = maker.public_pem();
  for (size_t at = pem.find('\n'); at != std::string::npos; at = pem.find('\n', at + 2)) pem.replace(at, 1, "\\n");
  TestGateway gateway(policy_with("{name: jwt}",
                                  "consumers: [{username: ann, jwt_secrets: [{key: k, algorithm: PS256, "
                                  "rsa_public_key: \"" +
                                      pem + "\"}]}]\n"));
  const std::string input = test::base64url(R"({"alg":"PS256"})") + "." + test::base64url(R"({"iss":"k"})");
  for (const int salt_bytes : {0, 20, RSA_PSS_SALTLEN_DIGEST, RSA_PSS_SALTLEN_MAX}) {
    const std::string token = input + "." + test::base64url(maker.sign(input, salt_bytes));
    EXPECT_TRUE(gateway.get("/r", {{"Authorization", "Bearer " + token}}).proxied) << salt_bytes;
  }
}

struct PlaceCase {
  const char* what;
  const char* config;
  std::string target;
  Fields headers;
  const char* outcome;  // the consumer that the origin sees, or the body of a 401
};

class JwtPlaces : public ::testing::TestWithParam<PlaceCase> {};

TEST_P(JwtPlaces, AreLookedAtAsByKong) {
  TestGateway gateway(jwt(GetParam().config));
  const auto outcome = gateway.get(GetParam().target, GetParam().headers);
  const std::string seen = outcome.proxied ? all_values(outcome.upstream_headers, "X-Consumer-Username") : outcome.body;
  EXPECT_EQ(seen, GetParam().outcome) << GetParam().what;
}

constexpr char kNone[] = R"({"message":"Unauthorized"})";
constexpr char kSeveral[] = R"({"message":"Multiple tokens provided"})";

INSTANTIATE_TEST_SUITE_P(
    Table, JwtPlaces,
    ::testing::Values(
        PlaceCase{"header", "", "/r", {{"Authorization", "Bearer " + kGood}}, "ann"},
        PlaceCase{"lower-case scheme, blanks", "", "/r", {{"Authorization", "bearer \t " + kGood}}, "ann"},
        PlaceCase{"upper-case scheme", "", "/r", {{"Authorization", "BEARER " + kGood}}, kNone},
        PlaceCase{"no blank behind the scheme", "", "/r", {{"Authorization", "Bearer" + kGood}}, kNone},
        PlaceCase{"the scheme alone", "", "/r", {{"Authorization", "Bearer"}}, kNone},
        PlaceCase{"the scheme after others", "", "/r", {{"Authorization", "x Bearer " + kGood}}, "ann"},
        PlaceCase{"query", "", "/r?jwt=" + kGood, {}, "ann"},
        PlaceCase{"query twice, the same", "", "/r?jwt=" + kGood + "&jwt=" + kGood, {}, "ann"},
        PlaceCase{"query and header, the same", "", "/r?jwt=" + kGood, {{"Authorization", "Bearer " + kGood}}, "ann"},
        PlaceCase{"query and header, different", "", "/r?jwt=x", {{"Authorization", "Bearer " + kGood}}, kSeveral},
        PlaceCase{"an empty argument is none", "", "/r?jwt=&jwt=" + kGood, {}, "ann"},
        PlaceCase{"an argument without a value is no text", "", "/r?jwt", {}, R"({"message":"Unrecognizable token"})"},
        PlaceCase{"and beside a token one too many", "", "/r?jwt&jwt=" + kGood, {}, kSeveral},
        PlaceCase{"cookie", "cookie_names: [tok]", "/r", {{"Cookie", "a=b; TOK=" + kGood + "; c=d"}}, "ann"},
        PlaceCase{"cookie in a second line",
                  "cookie_names: [tok]",
                  "/r",
                  {{"Cookie", "a=b"}, {"Cookie", "tok=" + kGood}},
                  "ann"},
        PlaceCase{"cookies parted by a comma", "cookie_names: [tok]", "/r", {{"Cookie", "a=b, tok=" + kGood}}, "ann"},
        PlaceCase{"blanks beside a cookie's sign", "cookie_names: [tok]", "/r", {{"Cookie", " tok = " + kGood}}, "ann"},
        PlaceCase{"a cookie ends at a semicolon, not at a blank",
                  "cookie_names: [tok]",
                  "/r",
                  {{"Cookie", "tok=" + kGood + " ; a=b"}},
                  R"({"message":"Bad token; invalid signature"})"},
        PlaceCase{"of two cookies the first, though it is empty",
                  "cookie_names: [tok]",
                  "/r",
                  {{"Cookie", "tok=; tok=" + kGood}},
                  kNone},
        PlaceCase{"empty cookie", "cookie_names: [tok]", "/r", {{"Cookie", "tok="}}, kNone},
        PlaceCase{"a cookie whose name ends so", "cookie_names: [tok]", "/r", {{"Cookie", "xtok=" + kGood}}, kNone},
        PlaceCase{"another header", "header_names: [x_token]", "/r", {{"X-Token", "Bearer " + kGood}}, "ann"},
        PlaceCase{"anonymous", "anonymous: guest", "/r", {{"Authorization", "Bearer bad"}}, "guest"}));

// A token of RFC 9068: Kong does not look at the type.
std::string other_type() {
  return TokenMaker::with_secret(JwsAlgorithm::kHs256, "secret-one")
      .token_with_header(R"({"alg":"HS256","typ":"at+jwt"})", R"({"iss":"k"})");
}

struct TokenCase {
  const char* what;
  const char* config;
  std::string token;
  const char* outcome;
};

class JwtTokens : public ::testing::TestWithParam<TokenCase> {};

TEST_P(JwtTokens, AreJudgedAsByKong) {
  TestGateway gateway(jwt(GetParam().config));
  const auto outcome = gateway.get("/r", {{"Authorization", "Bearer " + GetParam().token}});
  const std::string seen =
      outcome.proxied ? all_values(outcome.upstream_headers, "X-Credential-Identifier") : outcome.body;
  EXPECT_EQ(seen, GetParam().outcome) << GetParam().what;
  if (!outcome.proxied) {
    EXPECT_EQ(value_of(outcome.headers, "WWW-Authenticate"), "Bearer error=\"invalid_token\"");
  }
}

// The worker's clock says 1700000000.
INSTANTIATE_TEST_SUITE_P(
    Table, JwtTokens,
    ::testing::Values(
        TokenCase{"good", "", kGood, "k"},
        TokenCase{"another secret", "", signed_by("secret-two", R"({"iss":"k"})"),
                  R"({"message":"Invalid signature"})"},
        TokenCase{"unknown issuer", "", signed_by("secret-one", R"({"iss":"x"})"),
                  R"({"message":"No credentials found for given 'iss'"})"},
        TokenCase{"empty issuer", "", signed_by("secret-one", R"({"iss":""})"),
                  R"({"message":"Invalid 'iss' in claims"})"},
        TokenCase{"numeric issuer", "", signed_by("secret-one", R"({"iss":1})"),
                  R"({"message":"No credentials found for given 'iss'"})"},
        TokenCase{"null issuer", "", signed_by("secret-one", R"({"iss":null})"),
                  R"({"message":"No credentials found for given 'iss'"})"},
        TokenCase{"false issuer", "", signed_by("secret-one", R"({"iss":false})"),
                  R"({"message":"No mandatory 'iss' in claims"})"},
        TokenCase{"another claim", "key_claim_name: sub", signed_by("secret-one", R"({"sub":"k"})"), "k"},
        TokenCase{"null claims", "", signed_by("secret-one", "null"), R"({"message":"Bad token; invalid claims"})"},
        TokenCase{"base64 secret", "secret_is_base64: true", signed_by("binary-secret!", R"({"iss":"b64"})"), "b64"},
        TokenCase{"base64 secret of the other alphabet", "secret_is_base64: true",
                  signed_by("ab>\xff", R"({"iss":"common"})"), R"({"message":"Invalid key/secret"})"},
        TokenCase{"another type", "", other_type(), "k"},
        TokenCase{"base64 secret taken as it stands", "", signed_by("binary-secret!", R"({"iss":"b64"})"),
                  R"({"message":"Invalid signature"})"},
        TokenCase{"expired this second", "claims_to_verify: [exp]",
                  signed_by("secret-one", R"({"iss":"k","exp":1700000000})"), R"({"exp":"token expired"})"},
        TokenCase{"expires in the next", "claims_to_verify: [exp]",
                  signed_by("secret-one", R"({"iss":"k","exp":1700000001})"), "k"},
        TokenCase{"valid from this second", "claims_to_verify: [nbf]",
                  signed_by("secret-one", R"({"iss":"k","nbf":1700000000})"), "k"},
        TokenCase{"not valid yet", "claims_to_verify: [nbf]",
                  signed_by("secret-one", R"({"iss":"k","nbf":1700000001})"), R"({"nbf":"token not valid yet"})"},
        TokenCase{"both wrong", "claims_to_verify: [exp, nbf]", signed_by("secret-one", R"({"iss":"k","exp":"x"})"),
                  R"({"nbf":"must be a number","exp":"must be a number"})"},
        TokenCase{"expired, but nobody asks", "", signed_by("secret-one", R"({"iss":"k","exp":1})"), "k"},
        TokenCase{"too long a life", "claims_to_verify: [exp], maximum_expiration: 60",
                  signed_by("secret-one", R"({"iss":"k","exp":1700000061})"),
                  R"({"exp":"exceeds maximum allowed expiration"})"},
        TokenCase{"just short enough", "claims_to_verify: [exp], maximum_expiration: 60",
                  signed_by("secret-one", R"({"iss":"k","exp":1700000060})"), "k"}));

TEST(Jwt, Realm_StandsInBothChallenges) {
  TestGateway gateway(jwt("realm: here"));
  EXPECT_EQ(value_of(gateway.get("/r").headers, "WWW-Authenticate"), "Bearer realm=\"here\"");
  EXPECT_EQ(value_of(gateway.get("/r?jwt=x").headers, "WWW-Authenticate"),
            "Bearer realm=\"here\" error=\"invalid_token\"");
}

// What the edge stage, or an earlier request, found out about a token whose signature is bad: only that can make the
// plugin take it.
class JwtVerdict : public ::testing::Test {
 protected:
  static constexpr JwsAlgorithm kAlgorithm = JwsAlgorithm::kHs256;

  // The status of a request with this token and what `prepare` makes of its context.
  template <typename Prepare>
  int status(const std::string& token, Prepare prepare) {
    Arena arena(gateway_.worker.blocks);
    http::Request request(arena);
    const std::string head = "GET /r HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n\r\n";
    EXPECT_FALSE(http::parse_request_head(head, limits_, request));
    http::RequestContext http(gateway_.worker.context, arena, request);
    http.scratch = &gateway_.scratch();
    prepare(http);
    Context context(http);
    EXPECT_EQ(gateway_.stage().route(context), http::Verdict::kContinue);
    return gateway_.stage().access(context) == http::Verdict::kContinue ? 200 : http.answer.head.status;
  }

  http::VerifiedToken verdict() {
    const token::Fingerprint fingerprint = key_.fingerprint();
    http::VerifiedToken verdict{.valid = true, .token = forged_, .algorithm = "HS256"};
    std::ranges::copy(fingerprint.words, verdict.key_fingerprint);
    return verdict;
  }

  TestGateway gateway_{jwt("")};
  policy::Limits limits_;
  const token::Key key_ = TokenMaker::with_secret(kAlgorithm, "secret-one").key();
  const std::string forged_ = signed_by("secret-two", R"({"iss":"k"})");
};

TEST_F(JwtVerdict, WithoutOne_TheSignatureIsChecked) {
  EXPECT_EQ(status(forged_, [](http::RequestContext&) {}), 401);
}

TEST_F(JwtVerdict, OfTheSameTokenAlgorithmAndKey_StandsForTheSignature) {
  EXPECT_EQ(status(forged_, [this](http::RequestContext& http) { http.token = verdict(); }), 200);
}

TEST_F(JwtVerdict, ThatDiffersInAnything_DoesNot) {
  const auto status_with = [this](auto change) {
    return status(forged_, [&](http::RequestContext& http) {
      http.token = verdict();
      change(http.token);
    });
  };
  EXPECT_EQ(status_with([](http::VerifiedToken& v) { v.valid = false; }), 401);
  EXPECT_EQ(status_with([](http::VerifiedToken& v) { v.token = kGood; }), 401);
  EXPECT_EQ(status_with([](http::VerifiedToken& v) { v.algorithm = "HS384"; }), 401);
  EXPECT_EQ(status_with([](http::VerifiedToken& v) { v.key_fingerprint[3] ^= 1; }), 401);
}

TEST_F(JwtVerdict, RememberedWithAnotherKey_DoesNotCount) {
  token::VerifiedMemory memory(gateway_.worker.context, {});
  const auto remember = [&](const token::Key& key) {
    Arena arena(gateway_.worker.blocks);
    const auto jws = token::decode(forged_, token::Dialect::kKong, arena);
    ASSERT_TRUE(jws.ok());
    EXPECT_NE(memory.remember(*jws, token::Dialect::kKong, key.fingerprint()), nullptr);
  };
  const auto use_memory = [&](http::RequestContext& http) { http.verified_tokens = &memory; };
  remember(TokenMaker::with_secret(kAlgorithm, "secret-two").key());
  EXPECT_EQ(status(forged_, use_memory), 401);
  remember(key_);
  EXPECT_EQ(status(forged_, use_memory), 200);
}

TEST_F(JwtVerdict, Verifications_AreCountedAndNotWhatIsRemembered) {
  token::VerifiedMemory memory(gateway_.worker.context, {});
  const auto use_memory = [&](http::RequestContext& http) { http.verified_tokens = &memory; };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status(kGood, use_memory), 200);
  EXPECT_EQ(status(forged_, use_memory), 401);
  EXPECT_EQ(gateway_.worker.counted(Counter::kTokenVerifications), 2u);
}

TEST_F(JwtVerdict, GoodToken_IsRemembered) {
  token::VerifiedMemory memory(gateway_.worker.context, {});
  EXPECT_EQ(status(kGood, [&](http::RequestContext& http) { http.verified_tokens = &memory; }), 200);
  ASSERT_NE(memory.find(kGood, token::Dialect::kKong), nullptr);
  EXPECT_EQ(memory.find(kGood, token::Dialect::kKong)->key, key_.fingerprint());
}

}  // namespace
}  // namespace sluice::gateway
