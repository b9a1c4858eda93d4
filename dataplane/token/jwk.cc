#include "token/jwk.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <algorithm>
#include <optional>

#include "token/algorithm.h"
#include "token/base64url.h"

namespace sluice::token {
namespace {

using Bytes = std::vector<std::byte>;
using MadePublicKey = Result<openssl::PublicKey, std::string>;

std::string_view member(const json::Value& jwk, std::string_view name) {
  const auto found = jwk.find(name);
  return found ? found->string().value_or("") : "";
}

// The bytes of a base64url member; nothing when it is absent, empty or not base64url.
std::optional<Bytes> bytes_of(const json::Value& jwk, std::string_view name) {
  const std::string_view text = member(jwk, name);
  Bytes bytes(base64_room(text.size()));
  const auto size = decode_base64(text, Base64::kUrl, bytes);
  if (!size || *size == 0) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

openssl::Bignum bignum(const Bytes& bytes) {
  return openssl::Bignum(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

MadePublicKey from_params(const char* type, OSSL_PARAM_BLD* builder) {
  const openssl::Params params(OSSL_PARAM_BLD_to_param(builder));
  const openssl::PublicKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = params != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  ERR_clear_error();
  if (!made) return "not a valid " + std::string(type) + " key";
  return openssl::PublicKey(key);
}

MadePublicKey rsa_key(const json::Value& jwk) {
  const auto n = bytes_of(jwk, "n");
  const auto e = bytes_of(jwk, "e");
  if (!n || !e) return std::string("expected 'n' and 'e' in base64url");
  const openssl::Bignum n_number = bignum(*n);
  const openssl::Bignum e_number = bignum(*e);
  const openssl::ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n_number.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e_number.get());
  return from_params("RSA", builder.get());
}

MadePublicKey ec_key(const json::Value& jwk) {
  const std::string_view crv = member(jwk, "crv");
  const auto curve = std::find_if(kCurves.begin(), kCurves.end(), [&](const Curve& c) { return c.jose_name == crv; });
  if (curve == kCurves.end()) return std::string("expected 'crv' P-256, P-384 or P-521");
  const auto x = bytes_of(jwk, "x");
  const auto y = bytes_of(jwk, "y");
  // RFC 7518 section 6.2.1.2: full width, leading zeros included.
  if (!x || !y || x->size() != curve->coordinate_bytes || y->size() != curve->coordinate_bytes) {
    return "expected 'x' and 'y' of " + std::to_string(curve->coordinate_bytes) + " bytes in base64url";
  }
  Bytes point{std::byte{4}};  // uncompressed, SEC 1 section 2.3.3
  point.insert(point.end(), x->begin(), x->end());
  point.insert(point.end(), y->begin(), y->end());
  const openssl::ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->openssl_name, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return from_params("EC", builder.get());
}

MadePublicKey edwards_key(const json::Value& jwk) {
  const std::string_view crv = member(jwk, "crv");
  const auto curve = std::find_if(kEdwardsCurves.begin(), kEdwardsCurves.end(),
                                  [&](const EdwardsCurve& c) { return c.jose_name == crv; });
  if (curve == kEdwardsCurves.end()) return std::string("expected 'crv' Ed25519 or Ed448");
  const auto x = bytes_of(jwk, "x");
  if (!x) return std::string("expected 'x' in base64url");
  openssl::PublicKey key(EVP_PKEY_new_raw_public_key_ex(nullptr, curve->openssl_name, nullptr,
                                                        reinterpret_cast<const unsigned char*>(x->data()), x->size()));
  ERR_clear_error();
  if (key == nullptr) return "not a valid " + std::string(crv) + " key";
  return key;
}

}  // namespace

MadePublicKey public_key_of_jwk(const json::Value& jwk) {
  const std::string_view kty = member(jwk, "kty");
  if (kty == "RSA") return rsa_key(jwk);
  if (kty == "EC") return ec_key(jwk);
  if (kty == "OKP") return edwards_key(jwk);
  return std::string("expected 'kty' RSA, EC, OKP or oct");
}

Result<Bytes, std::string> secret_of_jwk(const json::Value& jwk) {
  auto k = bytes_of(jwk, "k");
  if (!k) return std::string("expected 'k' in base64url");
  return std::move(*k);
}

}  // namespace sluice::token
