// Keys from PEM, JWK and secrets: their fingerprints, what they are good for, and why others are refused.
#include "token/key.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "token_maker.h"

namespace sluice::token {

using Algorithm = policy::JwsAlgorithm;

Key::Made from_jwk(std::string text) {
  std::vector<json::Node> nodes(64);
  EXPECT_TRUE(json::parse(text, nodes)) << text;
  return Key::from_jwk(json::Value(text.data(), nodes.data(), 0));
}

std::string thumbprint(const Key& key) {
  return encode_base64url(std::as_bytes(std::span(key.fingerprint().words)));
}

constexpr std::string_view kRfc7638 =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";

// RFC 7638 section 3.1.
TEST(KeyFingerprint, IsTheThumbprintOfRsa) {
  const auto key = from_jwk(std::string(kRfc7638));
  ASSERT_TRUE(key) << key.error();
  EXPECT_EQ(thumbprint(*key), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

// RFC 8037 appendix A.3.
TEST(KeyFingerprint, IsTheThumbprintOfEd25519) {
  const auto key = from_jwk(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  ASSERT_TRUE(key) << key.error();
  EXPECT_EQ(thumbprint(*key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(KeyFingerprint, IsTheSameFromPemAndJwk) {
  // The same point in both, RFC 7515 appendix A.3.1.
  const auto jwk = from_jwk(
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  ASSERT_TRUE(jwk) << jwk.error();
  const auto pem = Key::from_pem(
      "-----BEGIN PUBLIC KEY-----\n"
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
      "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
      "-----END PUBLIC KEY-----\n",
      Algorithm::kEs256);
  ASSERT_TRUE(pem) << pem.error();
  EXPECT_EQ(jwk->fingerprint(), pem->fingerprint());
}

TEST(KeyFingerprint, DiffersBetweenKeysAndNotBetweenAlgorithms) {
  const auto a = Key::from_secret("one", Algorithm::kHs256);
  const auto b = Key::from_secret("two", Algorithm::kHs256);
  const auto c = Key::from_secret("one", Algorithm::kHs512);
  EXPECT_NE(a->fingerprint(), b->fingerprint());
  EXPECT_EQ(a->fingerprint(), c->fingerprint());
}

class KeyOfOneAlgorithm : public testing::TestWithParam<Algorithm> {};

TEST_P(KeyOfOneAlgorithm, FitsNoOther) {
  const Key key = test::TokenMaker::shared(GetParam()).key();
  for (unsigned i = 0; i < names_of(Algorithm{}).size(); ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    EXPECT_EQ(key.fits(algorithm), algorithm == GetParam()) << name_of(algorithm);
  }
}
INSTANTIATE_TEST_SUITE_P(Algorithms, KeyOfOneAlgorithm,
                         testing::Values(Algorithm::kHs256, Algorithm::kRs256, Algorithm::kPs512, Algorithm::kEs256,
                                         Algorithm::kEs384, Algorithm::kEs512, Algorithm::kEdDsa),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST(KeyFromJwk, WithoutAlgFitsAllOfItsType) {
  std::string text(kRfc7638);
  text.replace(text.find(R"("alg":"RS256",)"), 14, "");
  const auto key = from_jwk(text);
  ASSERT_TRUE(key) << key.error();
  for (const Algorithm a : {Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256,
                            Algorithm::kPs384, Algorithm::kPs512}) {
    EXPECT_TRUE(key->fits(a)) << name_of(a);
  }
  EXPECT_FALSE(key->fits(Algorithm::kHs256));
  EXPECT_FALSE(key->fits(Algorithm::kEs256));
}

struct BadJwk {
  std::string_view text;
  std::string_view message;  // a part of it
};
void PrintTo(const BadJwk& c, std::ostream* out) {
  *out << c.text;
}
class RefusedJwk : public testing::TestWithParam<BadJwk> {};
TEST_P(RefusedJwk, SaysWhy) {
  const auto key = from_jwk(std::string(GetParam().text));
  ASSERT_FALSE(key);
  EXPECT_NE(key.error().find(GetParam().message), std::string::npos) << key.error();
}
INSTANTIATE_TEST_SUITE_P(
    Cases, RefusedJwk,
    testing::ValuesIn(std::vector<BadJwk>{
        {R"({})", "expected 'kty'"},
        {R"({"kty":"rsa"})", "expected 'kty'"},
        {R"({"kty":1})", "expected 'kty'"},
        {R"({"kty":"RSA"})", "expected 'n' and 'e'"},
        {R"({"kty":"RSA","n":"AQAB","e":"AQAB"})", "bits; expected 2048"},
        {R"({"kty":"RSA","n":"AQ==","e":"AQAB"})", "expected 'n' and 'e'"},
        {R"({"kty":"EC","crv":"P-256"})", "expected 'x' and 'y' of 32 bytes"},
        {R"({"kty":"EC","crv":"secp256k1","x":"AQ","y":"AQ"})", "expected 'crv'"},
        // A point that is not on the curve: x and y of RFC 7515 A.3 with a byte changed.
        {R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1"})",
         "expected 'x' and 'y'"},
        {R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"y_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
         "not a valid EC key"},
        {R"({"kty":"OKP","crv":"X25519","x":"AQ"})", "expected 'crv' Ed25519 or Ed448"},
        {R"({"kty":"OKP","crv":"Ed25519","x":"AQ"})", "not a valid Ed25519 key"},
        {R"({"kty":"OKP","crv":"Ed25519"})", "expected 'x'"},
        {R"({"kty":"oct"})", "expected 'k'"},
        {R"({"kty":"oct","k":""})", "expected 'k'"},
        {R"({"kty":"oct","k":"c2VjcmV0","alg":"RS256"})", "a shared secret cannot verify RS256"},
        {R"({"kty":"oct","k":"c2VjcmV0","alg":"A128GCM"})", "'alg' is no signature algorithm"},
        {R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"HS256"})",
         "an Ed25519 key cannot verify HS256"},
    }));

TEST(KeyFromPem, RefusesWhatIsNoPublicKey) {
  for (const std::string_view pem :
       {std::string_view(), std::string_view("secret"),
        std::string_view("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        std::string_view("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}) {
    const auto key = Key::from_pem(pem, Algorithm::kRs256);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error(), "not a PEM public key");
  }
}

TEST(KeyFromPem, RefusesAKeyOfAnotherType) {
  const auto key = Key::from_pem(test::TokenMaker(Algorithm::kEs256).public_pem(), Algorithm::kRs256);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error(), "an EC key on P-256 cannot verify RS256");
}

TEST(KeyFromPem, RefusesAKeyOnAnotherCurve) {
  const auto key = Key::from_pem(test::TokenMaker(Algorithm::kEs384).public_pem(), Algorithm::kEs256);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error(), "an EC key on P-384 cannot verify ES256");
}

TEST(KeyFromPem, RefusesToBeASecret) {
  const auto key = Key::from_pem(test::TokenMaker::shared(Algorithm::kRs256).public_pem(), Algorithm::kHs256);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error(), "a public key cannot verify HS256");
}

TEST(KeyFromPem, ShortRsaIsForWhoAsksForIt) {
  const std::string pem = test::TokenMaker::rsa(1024).public_pem();
  const auto strict = Key::from_pem(pem, Algorithm::kRs256);
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error(), "an RSA key of 1024 bits; expected 2048 to 8192");
  EXPECT_TRUE(Key::from_pem(pem, Algorithm::kRs256, 1024));
}

TEST(KeyFromSecret, RefusesAnEmptyOne) {
  const auto key = Key::from_secret("", Algorithm::kHs256);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error(), "the secret is empty");
}

TEST(AlgorithmNamed, KnowsExactSpellingsOnly) {
  EXPECT_EQ(algorithm_named("EdDSA"), Algorithm::kEdDsa);
  EXPECT_EQ(algorithm_named("PS384"), Algorithm::kPs384);
  for (const std::string_view name : {"", "none", "eddsa", "HS257", "HS256 ", "ES256K"}) {
    EXPECT_FALSE(algorithm_named(name)) << name;
  }
}

}  // namespace sluice::token
