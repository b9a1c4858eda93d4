// TokenMaker: signs tokens for tests with a key of its own, and gives the other half away.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "token/base64url.h"
#include "token/key.h"

namespace sluice::test {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::string base64url(std::string_view text) {
  return token::encode_base64url(bytes_of(text));
}

class TokenMaker {
 public:
  using Algorithm = policy::JwsAlgorithm;

  // A fresh key of the algorithm's type: RSA 2048, the algorithm's curve, Ed25519, or a secret of 32 bytes.
  explicit TokenMaker(Algorithm algorithm)
      : TokenMaker(algorithm, policy::is_hmac(algorithm) ? nullptr : generate(algorithm)) {}

  // One for all tests of a program; `which` tells two of the same algorithm apart. All RSA algorithms share a key, for
  // it takes its time to make.
  static const TokenMaker& shared(Algorithm algorithm, unsigned which = 0) {
    static std::map<std::pair<Algorithm, unsigned>, TokenMaker> makers;
    const auto found = makers.find({algorithm, which});
    if (found != makers.end()) return found->second;
    const bool derived = is_rsa(algorithm) && algorithm != Algorithm::kRs256;
    EVP_PKEY* key = derived ? shared(Algorithm::kRs256, which).key_.get() : nullptr;
    if (derived) EVP_PKEY_up_ref(key);
    return makers.emplace(std::pair(algorithm, which), derived ? TokenMaker(algorithm, key) : TokenMaker(algorithm))
        .first->second;
  }

  static TokenMaker with_secret(Algorithm algorithm, std::string secret) {
    TokenMaker maker(algorithm, nullptr);
    maker.secret_ = std::move(secret);
    return maker;
  }
  static TokenMaker ed448() { return TokenMaker(Algorithm::kEdDsa, EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448")); }
  static TokenMaker rsa(unsigned bits) { return TokenMaker(Algorithm::kRs256, EVP_RSA_gen(bits)); }

  Algorithm algorithm() const { return algorithm_; }
  const std::string& secret() const { return secret_; }

  std::string public_pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    std::string pem(text, static_cast<size_t>(size));
    BIO_free(bio);
    return pem;
  }

  token::Key key() const {
    auto made = policy::is_hmac(algorithm_) ? token::Key::from_secret(secret_, algorithm_)
                                            : token::Key::from_pem(public_pem(), algorithm_, 512);
    return std::move(made).value();
  }

  // The compact form of `claims` under the header {"alg":…,"typ":"JWT"}.
  std::string token(std::string_view claims) const {
    return token_with_header("{\"alg\":\"" + std::string(token::name_of(algorithm_)) + "\",\"typ\":\"JWT\"}", claims);
  }
  std::string token_with_kid(std::string_view kid, std::string_view claims) const {
    return token_with_header(
        "{\"alg\":\"" + std::string(token::name_of(algorithm_)) + "\",\"kid\":\"" + std::string(kid) + "\"}", claims);
  }
  std::string token_with_header(std::string_view header, std::string_view claims) const {
    const std::string input = base64url(header) + "." + base64url(claims);
    return input + "." + base64url(sign(input));
  }

  // The signature in JOSE's form.
  std::string sign(std::string_view input) const { return sign(input, RSA_PSS_SALTLEN_DIGEST); }
  // With a salt of so many bytes, or as one of OpenSSL's constants says, where the algorithm has one.
  std::string sign(std::string_view input, int salt_bytes) const {
    if (policy::is_hmac(algorithm_)) return hmac(input);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* settings = nullptr;
    EVP_DigestSignInit_ex(context, &settings, digest(), nullptr, nullptr, key_.get(), nullptr);
    if (is_pss()) {
      EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt_bytes);
    }
    size_t size = 1024;
    std::string signature(size, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(input.data()), input.size());
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return is_ecdsa() ? raw_ecdsa(signature) : signature;
  }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };

  TokenMaker(Algorithm algorithm, EVP_PKEY* key) : algorithm_(algorithm), key_(key) {}

  static EVP_PKEY* generate(Algorithm algorithm) {
    switch (algorithm) {
      case Algorithm::kEs256:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
      case Algorithm::kEs384:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
      case Algorithm::kEs512:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-521");
      case Algorithm::kEdDsa:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      default:
        return EVP_RSA_gen(2048);
    }
  }

  static bool is_rsa(Algorithm algorithm) {
    const std::string_view name = token::name_of(algorithm);
    return name.starts_with("RS") || name.starts_with("PS");
  }
  std::string_view name() const { return token::name_of(algorithm_); }
  bool is_pss() const { return name().starts_with("PS"); }
  bool is_ecdsa() const { return name().starts_with("ES"); }
  const char* digest() const {
    if (algorithm_ == Algorithm::kEdDsa) return nullptr;
    return name().ends_with("256") ? "SHA256" : name().ends_with("384") ? "SHA384" : "SHA512";
  }

  std::string hmac(std::string_view input) const {
    std::string mac(EVP_MAX_MD_SIZE, '\0');
    size_t size = 0;
    EVP_Q_mac(nullptr, "HMAC", nullptr, digest(), nullptr, secret_.data(), secret_.size(),
              reinterpret_cast<const unsigned char*>(input.data()), input.size(),
              reinterpret_cast<unsigned char*>(mac.data()), mac.size(), &size);
    mac.resize(size);
    return mac;
  }

  std::string raw_ecdsa(const std::string& der) const {
    const auto* in = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size()));
    const size_t width = algorithm_ == Algorithm::kEs256 ? 32 : algorithm_ == Algorithm::kEs384 ? 48 : 66;
    std::string raw(2 * width, '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, static_cast<int>(width));
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + width, static_cast<int>(width));
    ECDSA_SIG_free(signature);
    return raw;
  }

  Algorithm algorithm_;
  std::unique_ptr<EVP_PKEY, Free> key_;
  std::string secret_ = "0123456789abcdef0123456789abcdef";
};

}  // namespace sluice::test
