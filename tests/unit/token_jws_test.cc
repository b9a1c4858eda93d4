// Tokens taken apart: what the strict reading refuses, what Kong's reading lets pass.
#include "token/jws.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "support/test_worker.h"
#include "token_maker.h"

namespace sluice::token {

using test::base64url;

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kClaims = R"({"iss":"joe"})";

std::string token_of(std::string_view header, std::string_view claims) {
  return base64url(header) + "." + base64url(claims) + ".c2ln";
}

struct TokenCase {
  std::string_view name;
  std::string token;
  std::optional<DecodeError> strict;  // nothing: accepted
  std::optional<DecodeError> kong;
};
void PrintTo(const TokenCase& c, std::ostream* out) {
  *out << c.name;
}

class DecodeToken : public testing::TestWithParam<TokenCase> {
 protected:
  std::optional<DecodeError> error_of(Dialect dialect) {
    const auto jws = decode(GetParam().token, dialect, arena);
    return jws ? std::nullopt : std::optional(jws.error());
  }
  test::TestWorker worker;
  Arena arena{worker.blocks};
};

TEST_P(DecodeToken, Strictly) {
  EXPECT_EQ(error_of(Dialect::kStrict), GetParam().strict);
}
TEST_P(DecodeToken, AsKongDoes) {
  EXPECT_EQ(error_of(Dialect::kKong), GetParam().kong);
}

constexpr std::nullopt_t kAccepted = std::nullopt;

std::string nested_list(unsigned depth) {
  return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

std::string members(size_t count) {
  std::string text = "{";
  for (size_t i = 0; i < count; ++i) text += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + "\":1";
  return text + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, DecodeToken,
    testing::ValuesIn(std::vector<TokenCase>{
        {"good", token_of(kHeader, kClaims), kAccepted, kAccepted},
        {"empty", "", DecodeError::kJson, DecodeError::kJson},
        {"dots only", "..", DecodeError::kJson, DecodeError::kJson},
        {"one part", "abc", DecodeError::kJson, DecodeError::kJson},
        {"two parts", base64url(kHeader) + "." + base64url(kClaims), DecodeError::kJson, DecodeError::kJson},
        {"four parts", token_of(kHeader, kClaims) + ".x", DecodeError::kSignature, DecodeError::kSignature},
        {"five parts (JWE)", "a.b.c.d.e", DecodeError::kJson, DecodeError::kJson},
        {"header not base64", "!!." + base64url(kClaims) + ".c2ln", DecodeError::kJson, DecodeError::kJson},
        {"claims not base64", base64url(kHeader) + ".!!.c2ln", DecodeError::kJson, DecodeError::kJson},
        {"signature not base64", base64url(kHeader) + "." + base64url(kClaims) + ".!!", DecodeError::kSignature,
         DecodeError::kSignature},
        {"empty signature", base64url(kHeader) + "." + base64url(kClaims) + ".", kAccepted, kAccepted},
        {"padded", base64url(R"({"alg":"HS256"})") + "." + base64url(kClaims) + "==.c2ln", DecodeError::kJson,
         kAccepted},
        {"standard alphabet", base64url(kHeader) + "." + base64url(kClaims) + ".ab+/", DecodeError::kSignature,
         DecodeError::kSignature},
        {"slack bits", base64url(kHeader) + "." + base64url(kClaims) + ".Zh", DecodeError::kSignature, kAccepted},
        {"space behind", token_of(kHeader, kClaims) + " ", DecodeError::kSignature, DecodeError::kSignature},
        {"header not JSON", token_of("nope", kClaims), DecodeError::kJson, DecodeError::kJson},
        {"claims not JSON", token_of(kHeader, "nope"), DecodeError::kJson, DecodeError::kJson},
        {"something behind the claims", token_of(kHeader, R"({"iss":"a"} {})"), DecodeError::kJson, DecodeError::kJson},
        {"header a string", token_of(R"("HS256")", kClaims), DecodeError::kJson, DecodeError::kAlg},
        {"header a list", token_of("[]", kClaims), DecodeError::kJson, DecodeError::kAlg},
        {"claims a string", token_of(kHeader, R"("x")"), DecodeError::kClaims, kAccepted},
        {"claims a list", token_of(kHeader, "[]"), DecodeError::kClaims, kAccepted},
        {"claims a number", token_of(kHeader, "5"), DecodeError::kClaims, DecodeError::kClaims},
        {"claims null", token_of(kHeader, "null"), DecodeError::kClaims, DecodeError::kClaims},
        {"claims false", token_of(kHeader, "false"), DecodeError::kClaims, DecodeError::kClaims},
        {"alg none", token_of(R"({"alg":"none"})", kClaims), DecodeError::kAlg, DecodeError::kAlg},
        {"alg None", token_of(R"({"alg":"None"})", kClaims), DecodeError::kAlg, DecodeError::kAlg},
        {"alg lower-case", token_of(R"({"alg":"hs256"})", kClaims), DecodeError::kAlg, DecodeError::kAlg},
        {"alg absent", token_of(R"({"typ":"JWT"})", kClaims), DecodeError::kAlg, DecodeError::kAlg},
        {"alg a number", token_of(R"({"alg":256})", kClaims), DecodeError::kAlg, DecodeError::kAlg},
        {"alg a list", token_of(R"({"alg":["HS256"]})", kClaims), DecodeError::kAlg, DecodeError::kAlg},
        {"alg with NUL", token_of(R"({"alg":"HS256\u0000"})", kClaims), DecodeError::kAlg, DecodeError::kAlg},
        {"alg of encryption", token_of(R"({"alg":"RSA-OAEP"})", kClaims), DecodeError::kAlg, DecodeError::kAlg},
        {"alg twice", token_of(R"({"alg":"none","alg":"HS256"})", kClaims), DecodeError::kJson, kAccepted},
        {"iss twice", token_of(kHeader, R"({"iss":"a","iss":"b"})"), DecodeError::kJson, kAccepted},
        {"twice within a claim", token_of(kHeader, R"({"a":[{"b":{"c":1,"d":2,"c":3}}]})"), DecodeError::kJson,
         kAccepted},
        {"twice within the header", token_of(R"({"alg":"HS256","jwk":{"kty":"a","kty":"b"}})", kClaims),
         DecodeError::kJson, kAccepted},
        {"the same within two claims", token_of(kHeader, R"({"a":{"c":1},"b":{"c":1},"c":1})"), kAccepted, kAccepted},
        {"typ jwt", token_of(R"({"alg":"HS256","typ":"jwt"})", kClaims), kAccepted, kAccepted},
        {"typ at+jwt", token_of(R"({"alg":"HS256","typ":"at+JWT"})", kClaims), kAccepted, kAccepted},
        {"typ logout+jwt", token_of(R"({"alg":"HS256","typ":"logout+jwt"})", kClaims), DecodeError::kTyp, kAccepted},
        {"typ a number", token_of(R"({"alg":"HS256","typ":1})", kClaims), DecodeError::kTyp, kAccepted},
        {"typ bad and alg bad", token_of(R"({"alg":"none","typ":"x"})", kClaims), DecodeError::kTyp, DecodeError::kAlg},
        {"crit", token_of(R"({"alg":"HS256","crit":["x"],"x":1})", kClaims), DecodeError::kCrit, kAccepted},
        {"crit empty", token_of(R"({"alg":"HS256","crit":[]})", kClaims), DecodeError::kCrit, kAccepted},
        {"claims too deep", token_of(kHeader, nested_list(40)), DecodeError::kJson, DecodeError::kJson},
        {"not UTF-8", token_of(kHeader, "{\"iss\":\"\xff\"}"), DecodeError::kJson, DecodeError::kJson},
        {"as many members as may be", token_of(kHeader, members(Jws::kMaxMembers)), kAccepted, kAccepted},
        {"too many members", token_of(kHeader, members(Jws::kMaxMembers + 1)), DecodeError::kTooLarge, kAccepted},
        {"as many members of a claim", token_of(kHeader, R"({"a":)" + members(Jws::kMaxMembers) + "}"), kAccepted,
         kAccepted},
        {"too many members of a claim", token_of(kHeader, R"({"a":)" + members(Jws::kMaxMembers + 1) + "}"),
         DecodeError::kTooLarge, kAccepted},
        {"too many values", token_of(kHeader, members(Jws::kMaxNodes)), DecodeError::kJson, DecodeError::kJson},
        {"too long", token_of(kHeader, "\"" + std::string(Jws::kMaxTokenBytes, 'a') + "\""), DecodeError::kTooLarge,
         DecodeError::kTooLarge},
    }));

class Decoded : public testing::Test {
 protected:
  test::TestWorker worker;
  Arena arena{worker.blocks};
};

TEST_F(Decoded, PartsAreThoseOfTheToken) {
  const std::string token = token_of(R"({"alg":"ES256","kid":"k1"})", R"({"iss":"joe","exp":12.5})");
  const auto jws = decode(token, Dialect::kStrict, arena);
  ASSERT_TRUE(jws);
  EXPECT_EQ(jws->token(), token);
  EXPECT_EQ(jws->signing_input(), token.substr(0, token.rfind('.')));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(jws->signature().data()), jws->signature().size()), "sig");
  EXPECT_EQ(jws->algorithm(), policy::JwsAlgorithm::kEs256);
  EXPECT_EQ(jws->kid(), "k1");
  EXPECT_EQ(jws->claim_string("iss"), "joe");
  EXPECT_FALSE(jws->claim_string("exp"));
  EXPECT_EQ(jws->claims().find("exp")->number(), 12.5);
}

TEST_F(Decoded, ClaimsThatAreAStringHaveNoMembers) {
  const auto jws = decode(token_of(kHeader, R"("x")"), Dialect::kKong, arena);
  ASSERT_TRUE(jws);
  EXPECT_FALSE(jws->claim_string("iss"));
}

TEST_F(Decoded, AKidThatIsNoStringIsNone) {
  const auto jws = decode(token_of(R"({"alg":"HS256","kid":7})", kClaims), Dialect::kStrict, arena);
  ASSERT_TRUE(jws);
  EXPECT_FALSE(jws->kid());
}

TEST_F(Decoded, ACopyOutlivesTheOriginal) {
  std::string token = token_of(kHeader, R"({"iss":"\u006aoe","list":[1,2]})");
  alignas(8) std::byte room[2048];
  std::optional<Jws> copy;
  {
    const auto jws = decode(token, Dialect::kStrict, arena);
    ASSERT_TRUE(jws);
    ASSERT_LE(jws->copy_size(), sizeof(room));
    copy = jws->copy_to(room);
  }
  const std::string as_it_was = token;
  token.assign(token.size(), '#');
  arena.clear();
  EXPECT_EQ(copy->token(), as_it_was);
  EXPECT_EQ(copy->claim_string("iss"), "joe");
  EXPECT_EQ(copy->algorithm(), policy::JwsAlgorithm::kHs256);
}

TEST(DecodeWithoutMemory, SaysSo) {
  BlockPool empty(0);
  Arena arena(empty);
  const auto jws = decode(token_of(kHeader, kClaims), Dialect::kStrict, arena);
  ASSERT_FALSE(jws);
  EXPECT_EQ(jws.error(), DecodeError::kNoMemory);
}

}  // namespace sluice::token
