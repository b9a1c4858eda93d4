// JWK Sets, and which of their keys a token is tried with.
#include "token/key_set.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "token/jwks.h"

namespace sluice::token {

using Algorithm = policy::JwsAlgorithm;

constexpr std::string_view kEdKey =
    R"({"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::string_view kSecretKey = R"({"kty":"oct","kid":"hs","alg":"HS256","k":"c2VjcmV0"})";
constexpr std::string_view kEncryptionKey =
    R"({"kty":"OKP","use":"enc","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";

std::string set_of(std::initializer_list<std::string_view> keys) {
  std::string text = R"({"keys":[)";
  for (const std::string_view key : keys) text += (text.back() == '[' ? "" : ",") + std::string(key);
  return text + "]}";
}

TEST(Jwks, KeysComeWithTheirKid) {
  const auto jwks = parse_jwks(set_of({kEdKey, kSecretKey}));
  ASSERT_TRUE(jwks) << jwks.error();
  ASSERT_EQ(jwks->keys.size(), 2u);
  EXPECT_EQ(jwks->keys[0].kid, "ed");
  EXPECT_TRUE(jwks->keys[0].key.fits(Algorithm::kEdDsa));
  EXPECT_EQ(jwks->keys[1].kid, "hs");
  EXPECT_TRUE(jwks->keys[1].key.fits(Algorithm::kHs256));
  EXPECT_FALSE(jwks->keys[1].key.fits(Algorithm::kHs384));
}

TEST(Jwks, KeysThatAreNotForUsArePassedOver) {
  const auto jwks = parse_jwks(
      set_of({kEncryptionKey, R"({"kty":"XYZ"})", "7", kEdKey, R"({"kty":"oct","k":"eA","key_ops":["sign"]})"}));
  ASSERT_TRUE(jwks) << jwks.error();
  EXPECT_EQ(jwks->keys.size(), 1u);
  EXPECT_EQ(jwks->passed_over,
            (std::vector<std::string>{"key 1: not for verification", "key 2: expected 'kty' RSA, EC, OKP or oct",
                                      "key 3: expected an object", "key 5: not for verification"}));
}

TEST(Jwks, ADocumentWithoutAUsableKeyIsRefused) {
  EXPECT_EQ(parse_jwks("").error(), "the JWK Set is not JSON");
  EXPECT_EQ(parse_jwks("{}").error(), "expected a JWK Set: an object with a list 'keys'");
  EXPECT_EQ(parse_jwks(R"({"keys":{}})").error(), "expected a JWK Set: an object with a list 'keys'");
  EXPECT_EQ(parse_jwks(set_of({})).error(), "the JWK Set has no keys");
  EXPECT_EQ(parse_jwks(set_of({kEncryptionKey})).error(),
            "the JWK Set has no key to verify with: key 1: not for verification");
}

TEST(Jwks, SizeAndCountAreBounded) {
  EXPECT_EQ(parse_jwks(std::string(70000, ' ')).error(), "a JWK Set of 70000 bytes; at most 65535 are read");
  std::string many = R"({"keys":[)";
  for (size_t i = 0; i <= kMaxJwksKeys; ++i) many += std::string(i == 0 ? "" : ",") + R"({"kty":"oct","k":"eA"})";
  EXPECT_EQ(parse_jwks(many + "]}").error(), "more than 256 keys in the JWK Set");
}

class KeySelection : public testing::Test {
 protected:
  // Adds a key of a secret and returns its name.
  void add(std::string kid, KidRule rule, Algorithm algorithm = Algorithm::kHs256) {
    auto key = Key::from_secret("secret " + std::to_string(keys.size()), algorithm);
    keys.push_back(std::make_unique<NamedKey>(NamedKey{std::move(kid), rule, std::move(key).value()}));
    set.add(*keys.back());
  }
  // The places of the keys that a token is tried with, in order.
  std::vector<size_t> tried(std::optional<std::string_view> kid, Algorithm algorithm = Algorithm::kHs256) {
    std::vector<size_t> places;
    const Key* found = set.find(algorithm, kid, [&](const Key& key) {
      for (size_t i = 0; i < keys.size(); ++i) {
        if (&keys[i]->key == &key) places.push_back(i);
      }
      return false;
    });
    EXPECT_EQ(found, nullptr);
    return places;
  }

  std::vector<std::unique_ptr<NamedKey>> keys;
  KeySet set;
};

TEST_F(KeySelection, TheKidDecides) {
  add("a", KidRule::kBinds);
  add("b", KidRule::kBinds);
  add("c", KidRule::kHint);
  EXPECT_EQ(tried("b"), (std::vector<size_t>{1}));
  EXPECT_EQ(tried("c"), (std::vector<size_t>{2}));
}

TEST_F(KeySelection, AnUnknownKidIsTriedWithKeysThatAreNotBound) {
  add("a", KidRule::kBinds);
  add("b", KidRule::kHint);
  add("", KidRule::kBinds);
  EXPECT_EQ(tried("x"), (std::vector<size_t>{1, 2}));
}

TEST_F(KeySelection, WithoutAKidAllAreTried) {
  add("a", KidRule::kBinds);
  add("b", KidRule::kHint);
  EXPECT_EQ(tried(std::nullopt), (std::vector<size_t>{0, 1}));
}

TEST_F(KeySelection, KeysOfAnotherAlgorithmAreNotTried) {
  add("a", KidRule::kBinds, Algorithm::kHs512);
  add("a", KidRule::kBinds, Algorithm::kHs256);
  EXPECT_EQ(tried("a"), (std::vector<size_t>{1}));
  EXPECT_EQ(tried("a", Algorithm::kRs256), (std::vector<size_t>{}));
}

TEST_F(KeySelection, AttemptsAreBounded) {
  for (int i = 0; i < 10; ++i) add("", KidRule::kHint);
  EXPECT_EQ(tried(std::nullopt).size(), KeySet::kMostAttempts);
}

TEST_F(KeySelection, TheAcceptedKeyIsFound) {
  add("a", KidRule::kHint);
  add("b", KidRule::kHint);
  EXPECT_EQ(set.find(Algorithm::kHs256, std::nullopt, [&](const Key& key) { return &key == &keys[1]->key; }),
            &keys[1]->key);
}

}  // namespace sluice::token
