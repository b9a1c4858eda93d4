// Signatures: the vectors of the RFCs, every algorithm there and back, and all the ways to be wrong.
#include "token/verify.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "token_maker.h"

namespace sluice::token {

using Algorithm = policy::JwsAlgorithm;
using test::TokenMaker;

Key jwk(std::string text) {
  std::vector<json::Node> nodes(64);
  EXPECT_TRUE(json::parse(text, nodes));
  auto key = Key::from_jwk(json::Value(text.data(), nodes.data(), 0));
  EXPECT_TRUE(key) << key.error();
  return std::move(key).value();
}

std::vector<std::byte> unbase64(std::string_view text) {
  std::vector<std::byte> bytes(base64_room(text.size()));
  bytes.resize(decode_base64(text, Base64::kUrl, bytes).value());
  return bytes;
}

// Verifies a compact token whatever its payload is.
bool verify_compact(const Key& key, Algorithm algorithm, std::string_view token) {
  const size_t dot = token.rfind('.');
  return verify(key, algorithm, token.substr(0, dot), unbase64(token.substr(dot + 1)));
}

TEST(VerifyVector, Rfc7515A1Hs256) {
  const Key key = jwk(
      R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})");
  EXPECT_TRUE(
      verify_compact(key, Algorithm::kHs256,
                     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                     "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
}

TEST(VerifyVector, Rfc7515A2Rs256) {
  const Key key = jwk(
      R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})");
  EXPECT_TRUE(verify_compact(
      key, Algorithm::kRs256,
      "eyJhbGciOiJSUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
      "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
      "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
      "Ge77Rw"));
}

TEST(VerifyVector, Rfc7515A3Es256) {
  const Key key = jwk(
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  EXPECT_TRUE(
      verify_compact(key, Algorithm::kEs256,
                     "eyJhbGciOiJFUzI1NiJ9."
                     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"));
}

TEST(VerifyVector, Rfc7515A4Es512) {
  const Key key = jwk(
      R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"})");
  EXPECT_TRUE(
      verify_compact(key, Algorithm::kEs512,
                     "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA."
                     "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8"
                     "GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"));
}

TEST(VerifyVector, Rfc8037A4Ed25519) {
  const Key key = jwk(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  EXPECT_TRUE(verify_compact(key, Algorithm::kEdDsa,
                             "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                             "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"));
}

// RFC 4231 section 4.7: a key longer than the digest's block.
TEST(VerifyVector, Rfc4231LongKey) {
  const auto key = Key::from_secret(std::string(131, '\xaa'), Algorithm::kHs256);
  const std::string_view mac =
      "\x60\xe4\x31\x59\x1e\xe0\xb6\x7f\x0d\x8a\x26\xaa\xcb\xf5\xb7\x7f\x8e\x0b\xc6\x21\x37\x28\xc5\x14\x05\x46\x04\x0f"
      "\x0e\xe3\x7f\x54";
  EXPECT_TRUE(
      verify(*key, Algorithm::kHs256, "Test Using Larger Than Block-Size Key - Hash Key First", test::bytes_of(mac)));
}

class EveryAlgorithm : public testing::TestWithParam<Algorithm> {
 protected:
  bool holds(std::string_view input, std::string_view signature) const {
    return verify(key, GetParam(), input, test::bytes_of(signature));
  }
  const TokenMaker& maker = TokenMaker::shared(GetParam());
  const Key key = maker.key();
  const std::string input = "header.claims";
  const std::string signature = maker.sign(input);
};

TEST_P(EveryAlgorithm, GoodSignatureHolds) {
  EXPECT_TRUE(holds(input, signature));
  EXPECT_TRUE(holds(input, signature)) << "a second time with the same key";
}

TEST_P(EveryAlgorithm, OtherInputDoesNot) {
  EXPECT_FALSE(holds("header.claimz", signature));
  EXPECT_FALSE(holds("", signature));
}

TEST_P(EveryAlgorithm, ChangedSignatureDoesNot) {
  for (size_t i = 0; i < signature.size(); i += 7) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(holds(input, changed)) << "byte " << i;
  }
}

TEST_P(EveryAlgorithm, WrongLengthIsBad) {
  EXPECT_FALSE(holds(input, ""));
  EXPECT_FALSE(holds(input, signature.substr(0, signature.size() - 1)));
  EXPECT_FALSE(holds(input, signature + '\0'));
  EXPECT_FALSE(holds(input, signature + signature));
}

TEST_P(EveryAlgorithm, AllZeroIsBad) {
  EXPECT_FALSE(holds(input, std::string(signature.size(), '\0')));
}

TEST_P(EveryAlgorithm, AllOnesIsBad) {
  EXPECT_FALSE(holds(input, std::string(signature.size(), '\xff')));
}

TEST_P(EveryAlgorithm, AnotherKeyOfTheTypeDoesNotAccept) {
  const Key other = is_hmac(GetParam()) ? TokenMaker::with_secret(GetParam(), "another").key()
                                        : TokenMaker::shared(GetParam(), 1).key();
  EXPECT_FALSE(verify(other, GetParam(), input, test::bytes_of(signature)));
}

TEST_P(EveryAlgorithm, NoOtherAlgorithmAcceptsIt) {
  for (unsigned i = 0; i < names_of(Algorithm{}).size(); ++i) {
    const auto other = static_cast<Algorithm>(i);
    if (other == GetParam()) continue;
    EXPECT_FALSE(verify(key, other, input, test::bytes_of(signature))) << name_of(other);
  }
}

INSTANTIATE_TEST_SUITE_P(Algorithms, EveryAlgorithm,
                         testing::Values(Algorithm::kHs256, Algorithm::kHs384, Algorithm::kHs512, Algorithm::kRs256,
                                         Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256, Algorithm::kPs384,
                                         Algorithm::kPs512, Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEs512,
                                         Algorithm::kEdDsa),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST(VerifyEd448, SignatureHolds) {
  const TokenMaker maker = TokenMaker::ed448();
  EXPECT_TRUE(verify(maker.key(), Algorithm::kEdDsa, "x", test::bytes_of(maker.sign("x"))));
}

TEST(VerifyPss, SaltOfAnotherLength_IsForWhoAsksForIt) {
  for (const Algorithm a : {Algorithm::kPs256, Algorithm::kPs384, Algorithm::kPs512}) {
    const TokenMaker& maker = TokenMaker::shared(a);
    const Key strict = Key::from_pem(maker.public_pem(), a).value();
    const Key lax = Key::from_pem(maker.public_pem(), a, Key::kMinRsaBits, PssSalt::kAny).value();
    for (const int salt_bytes : {0, 20, RSA_PSS_SALTLEN_MAX}) {
      const std::string signature = maker.sign("x", salt_bytes);
      EXPECT_FALSE(verify(strict, a, "x", test::bytes_of(signature))) << name_of(a) << " " << salt_bytes;
      EXPECT_TRUE(verify(lax, a, "x", test::bytes_of(signature))) << name_of(a) << " " << salt_bytes;
      EXPECT_FALSE(verify(lax, a, "y", test::bytes_of(signature))) << name_of(a) << " " << salt_bytes;
    }
  }
}

// RFC 8725 section 3.1: the text of a public key is no HMAC secret.
TEST(VerifyConfusion, PublicKeyTextAsSecretIsRefused) {
  const TokenMaker& rsa = TokenMaker::shared(Algorithm::kRs256);
  const TokenMaker forger = TokenMaker::with_secret(Algorithm::kHs256, rsa.public_pem());
  EXPECT_FALSE(verify(rsa.key(), Algorithm::kHs256, "x", test::bytes_of(forger.sign("x"))));
}

// JOSE signatures are r || s; the DER form of a good one is not accepted.
TEST(VerifyEcdsa, DerIsRefused) {
  const TokenMaker maker(Algorithm::kEs256);
  const std::string raw = maker.sign("x");
  const std::string der = std::string("\x30\x44\x02\x20", 4) + raw.substr(0, 32) + "\x02\x20" + raw.substr(32);
  EXPECT_FALSE(verify(maker.key(), Algorithm::kEs256, "x", test::bytes_of(der)));
}

// Numbers with leading zeros are written short in DER: sign until one comes up in r and in s.
TEST(VerifyEcdsa, LeadingZerosInRAndSHold) {
  const TokenMaker maker(Algorithm::kEs256);
  const Key key = maker.key();
  bool zero_in_r = false, zero_in_s = false;
  for (int i = 0; i < 20000 && !(zero_in_r && zero_in_s); ++i) {
    const std::string input = std::to_string(i);
    const std::string signature = maker.sign(input);
    if (signature[0] != 0 && signature[32] != 0) continue;
    zero_in_r |= signature[0] == 0;
    zero_in_s |= signature[32] == 0;
    EXPECT_TRUE(verify(key, Algorithm::kEs256, input, test::bytes_of(signature)));
  }
  EXPECT_TRUE(zero_in_r && zero_in_s);
}

}  // namespace sluice::token
