#include "token/key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "token/algorithm.h"
#include "token/base64url.h"
#include "token/jwk.h"
#include "token/openssl.h"

namespace sluice::token {
namespace {

using Bytes = std::vector<std::byte>;

unsigned char* raw(std::byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}

// A number of the key in big-endian, padded to `width` (0: as short as can be); empty when the key has none so named.
Bytes number_of(const EVP_PKEY* key, const char* name, size_t width) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return {};
  const openssl::Bignum owner(number);
  Bytes bytes(std::max<size_t>(width, static_cast<size_t>(BN_num_bytes(number))));
  if (BN_bn2binpad(number, raw(bytes.data()), static_cast<int>(bytes.size())) < 0) return {};
  return bytes;
}

const Curve* curve_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) != 1) return nullptr;
  const auto found = std::find_if(kCurves.begin(), kCurves.end(),
                                  [&](const Curve& c) { return std::string_view(c.openssl_name) == name.data(); });
  return found == kCurves.end() ? nullptr : &*found;
}

const EdwardsCurve* edwards_curve_of(const EVP_PKEY* key) {
  const auto found = std::find_if(kEdwardsCurves.begin(), kEdwardsCurves.end(),
                                  [&](const EdwardsCurve& c) { return EVP_PKEY_is_a(key, c.openssl_name) == 1; });
  return found == kEdwardsCurves.end() ? nullptr : &*found;
}

std::string quoted(std::string_view name, std::string_view value) {
  return "\"" + std::string(name) + "\":\"" + std::string(value) + "\"";
}

Fingerprint thumbprint(const std::string& canonical_jwk) {
  Fingerprint fingerprint;
  static_assert(sizeof(fingerprint.words) == 32);
  EVP_Digest(canonical_jwk.data(), canonical_jwk.size(), reinterpret_cast<unsigned char*>(fingerprint.words), nullptr,
             EVP_sha256(), nullptr);
  return fingerprint;
}

}  // namespace

std::optional<JwsAlgorithm> algorithm_named(std::string_view alg) {
  const auto names = names_of(JwsAlgorithm{});
  const auto found = std::find(names.begin(), names.end(), alg);
  if (found == names.end()) return std::nullopt;
  return static_cast<JwsAlgorithm>(found - names.begin());
}

// Fills a Key, algorithm by algorithm.
class KeyMaker {
 public:
  // `only`: the one algorithm that the key is for; without it all that its type allows.
  static Key::Made from_public_key(const EVP_PKEY* key, std::optional<JwsAlgorithm> only, unsigned min_rsa_bits,
                                   PssSalt salt) {
    KeyMaker maker;
    maker.salt_bytes_ = salt == PssSalt::kAny ? RSA_PSS_SALTLEN_AUTO : RSA_PSS_SALTLEN_DIGEST;
    if (EVP_PKEY_is_a(key, "RSA") == 1) return maker.from_rsa(key, only, min_rsa_bits);
    if (EVP_PKEY_is_a(key, "EC") == 1) return maker.from_ec(key, only);
    if (const EdwardsCurve* curve = edwards_curve_of(key)) return maker.from_edwards(key, *curve, only);
    return std::string("expected an RSA, EC, Ed25519 or Ed448 key");
  }

  static Key::Made from_secret(std::string_view secret, std::optional<JwsAlgorithm> only) {
    if (secret.empty()) return std::string("the secret is empty");
    KeyMaker maker;
    const auto bytes = std::as_bytes(std::span(secret));
    maker.key_.fingerprint_ = thumbprint("{" + quoted("k", encode_base64url(bytes)) + "," + quoted("kty", "oct") + "}");
    return maker.add_all({JwsAlgorithm::kHs256, JwsAlgorithm::kHs384, JwsAlgorithm::kHs512}, only, "a shared secret",
                         [&](JwsAlgorithm a) { return maker.add_hmac(a, bytes); });
  }

 private:
  Key::Made from_rsa(const EVP_PKEY* key, std::optional<JwsAlgorithm> only, unsigned min_bits) {
    const auto bits = static_cast<unsigned>(EVP_PKEY_get_bits(key));
    if (bits < min_bits || bits > Key::kMaxRsaBits) {
      return "an RSA key of " + std::to_string(bits) + " bits; expected " + std::to_string(min_bits) + " to " +
             std::to_string(Key::kMaxRsaBits);
    }
    key_.fingerprint_ = thumbprint("{" + quoted("e", encode_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_E, 0))) + "," +
                                   quoted("kty", "RSA") + "," +
                                   quoted("n", encode_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_N, 0))) + "}");
    const auto signature_bytes = static_cast<uint16_t>((bits + 7) / 8);
    return add_all({JwsAlgorithm::kRs256, JwsAlgorithm::kRs384, JwsAlgorithm::kRs512, JwsAlgorithm::kPs256,
                    JwsAlgorithm::kPs384, JwsAlgorithm::kPs512},
                   only, "an RSA key", [&](JwsAlgorithm a) { return add_public(a, key, signature_bytes); });
  }

  Key::Made from_ec(const EVP_PKEY* key, std::optional<JwsAlgorithm> only) {
    const Curve* curve = curve_of(key);
    if (curve == nullptr) return std::string("expected an EC key on P-256, P-384 or P-521");
    const auto coordinate = [&](const char* name) {
      return encode_base64url(number_of(key, name, curve->coordinate_bytes));
    };
    key_.fingerprint_ = thumbprint("{" + quoted("crv", curve->jose_name) + "," + quoted("kty", "EC") + "," +
                                   quoted("x", coordinate(OSSL_PKEY_PARAM_EC_PUB_X)) + "," +
                                   quoted("y", coordinate(OSSL_PKEY_PARAM_EC_PUB_Y)) + "}");
    const auto signature_bytes = static_cast<uint16_t>(curve->coordinate_bytes * 2);
    return add_all({curve->algorithm}, only, "an EC key on " + std::string(curve->jose_name),
                   [&](JwsAlgorithm a) { return add_public(a, key, signature_bytes); });
  }

  Key::Made from_edwards(const EVP_PKEY* key, const EdwardsCurve& curve, std::optional<JwsAlgorithm> only) {
    Bytes point(64);
    size_t size = point.size();
    if (EVP_PKEY_get_raw_public_key(key, raw(point.data()), &size) != 1) return std::string("not a public key");
    point.resize(size);
    key_.fingerprint_ = thumbprint("{" + quoted("crv", curve.jose_name) + "," + quoted("kty", "OKP") + "," +
                                   quoted("x", encode_base64url(point)) + "}");
    return add_all({JwsAlgorithm::kEdDsa}, only, "an " + std::string(curve.jose_name) + " key",
                   [&](JwsAlgorithm a) { return add_public(a, key, curve.signature_bytes); });
  }

  // Prepares those of `possible` that are wanted. `what`: the kind of key, for the message.
  template <typename Add>
  Key::Made add_all(std::initializer_list<JwsAlgorithm> possible, std::optional<JwsAlgorithm> only,
                    const std::string& what, Add&& add) {
    for (const JwsAlgorithm a : possible) {
      if (only && a != *only) continue;
      if (!add(a)) return "OpenSSL refused " + what + " for " + std::string(name_of(a));
    }
    if (count_ == 0) return what + " cannot verify " + std::string(name_of(*only));
    return std::move(key_);
  }

  bool add_public(JwsAlgorithm algorithm, const EVP_PKEY* key, uint16_t signature_bytes) {
    openssl::DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* settings = nullptr;
    const AlgorithmInfo& info = info_of(algorithm);
    // EVP_DigestVerifyInit_ex takes a reference to the key; it does not change it.
    if (context == nullptr || EVP_DigestVerifyInit_ex(context.get(), &settings, info.digest, nullptr, nullptr,
                                                      const_cast<EVP_PKEY*>(key), nullptr) != 1) {
      return false;
    }
    // RFC 7518 section 3.5: MGF1 uses the same digest, OpenSSL's default.
    if (info.family == Family::kRsaPss && (EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) != 1 ||
                                           EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt_bytes_) != 1)) {
      return false;
    }
    key_.prepared_[count_++] = {algorithm, signature_bytes, Key::Context(context.release()), nullptr};
    return true;
  }

  // RFC 2104 section 2: a secret longer than the digest's block is replaced by its digest.
  bool add_hmac(JwsAlgorithm algorithm, std::span<const std::byte> secret) {
    const AlgorithmInfo& info = info_of(algorithm);
    const EVP_MD* digest = EVP_get_digestbyname(info.digest);
    std::array<std::byte, EVP_MAX_MD_SIZE * 2> block{};
    const auto block_bytes = static_cast<size_t>(EVP_MD_get_block_size(digest));
    if (secret.size() <= block_bytes) {
      std::copy(secret.begin(), secret.end(), block.begin());
    } else if (EVP_Digest(secret.data(), secret.size(), raw(block.data()), nullptr, digest, nullptr) != 1) {
      return false;
    }
    const auto padded = [&](std::byte pad) {
      Key::Context context(EVP_MD_CTX_new());
      std::array<std::byte, block.size()> mixed{};
      for (size_t i = 0; i < block_bytes; ++i) mixed[i] = block[i] ^ pad;
      const bool done = context != nullptr && EVP_DigestInit_ex2(context.get(), digest, nullptr) == 1 &&
                        EVP_DigestUpdate(context.get(), mixed.data(), block_bytes) == 1;
      OPENSSL_cleanse(mixed.data(), mixed.size());
      return done ? std::move(context) : nullptr;
    };
    Key::Prepared prepared{algorithm, info.digest_bytes, padded(std::byte{0x36}), padded(std::byte{0x5c})};
    OPENSSL_cleanse(block.data(), block.size());
    if (prepared.inner == nullptr || prepared.outer == nullptr) return false;
    key_.prepared_[count_++] = std::move(prepared);
    return true;
  }

  Key key_;
  size_t count_ = 0;
  int salt_bytes_ = RSA_PSS_SALTLEN_DIGEST;  // or another of OpenSSL's constants
};

void Key::ContextDeleter::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Key::Key() = default;
Key::Key(Key&&) noexcept = default;
Key& Key::operator=(Key&&) noexcept = default;
Key::~Key() = default;

const Key::Prepared* Key::find(JwsAlgorithm algorithm) const {
  for (const Prepared& p : prepared_) {
    if (p.inner != nullptr && p.algorithm == algorithm) return &p;
  }
  return nullptr;
}

Key::Made Key::from_pem(std::string_view pem, JwsAlgorithm algorithm, unsigned min_rsa_bits, PssSalt salt) {
  if (is_hmac(algorithm)) return "a public key cannot verify " + std::string(name_of(algorithm));
  const openssl::MemoryBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<size_t>(pem.size(), 65536))));
  // Without a password callback of its own OpenSSL would ask on the terminal.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const openssl::PublicKey key(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (key == nullptr) return std::string("not a PEM public key");
  return KeyMaker::from_public_key(key.get(), algorithm, min_rsa_bits, salt);
}

Key::Made Key::from_jwk(const json::Value& jwk) {
  const auto text_of = [&](std::string_view name) {
    const auto member = jwk.find(name);
    return member ? member->string() : std::nullopt;
  };
  std::optional<JwsAlgorithm> only;
  if (jwk.find("alg")) {
    only = algorithm_named(text_of("alg").value_or(""));
    if (!only) return std::string("'alg' is no signature algorithm");
  }
  if (text_of("kty") == "oct") {
    auto secret = secret_of_jwk(jwk);
    if (!secret) return secret.take_error();
    auto made = KeyMaker::from_secret({reinterpret_cast<const char*>(secret->data()), secret->size()}, only);
    OPENSSL_cleanse(secret->data(), secret->size());
    return made;
  }
  auto key = public_key_of_jwk(jwk);
  if (!key) return key.take_error();
  return KeyMaker::from_public_key(key->get(), only, kMinRsaBits, PssSalt::kAsDigest);
}

Key::Made Key::from_secret(std::string_view secret, JwsAlgorithm algorithm) {
  return KeyMaker::from_secret(secret, algorithm);
}

}  // namespace sluice::token
