// Key: what a signature is verified with, ready to use: a public key or a shared secret.
//
// Made on the control side when a policy is compiled, immutable from then on, read by all workers at once. Each key is
// bound to the algorithms that it may be used with, so that a public key can never be taken for an HMAC secret
// (RFC 8725 section 3.1). Knows nothing of `kid`: see key_set.h.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sluice/policy/jws.h"
#include "sluice/result.h"
#include "token/json.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace sluice::token {

using policy::JwsAlgorithm;

// SHA-256 of the key's canonical form: the JWK thumbprint (RFC 7638), the same whatever file format the key came in.
// That of a secret is as secret as the secret (RFC 7638 section 7): it never leaves the process.
struct Fingerprint {
  uint64_t words[4]{};
  bool operator==(const Fingerprint&) const = default;
};

// The algorithm that the header parameter `alg` names, in exactly this spelling. Nothing for "none" and the unknown.
std::optional<JwsAlgorithm> algorithm_named(std::string_view alg);
inline std::string_view name_of(JwsAlgorithm algorithm) {
  return names_of(algorithm)[static_cast<size_t>(algorithm)];
}

// How long the salt of an RSASSA-PSS signature may be.
enum class PssSalt : uint8_t {
  kAsDigest,  // as long as the digest (RFC 7518 section 3.5)
  kAny,       // what the signature says, as Kong takes it
};

class Key {
 public:
  // A key, or one line for the user that says why not, without a byte of the key.
  using Made = Result<Key, std::string>;

  // RFC 7518 section 3.3 wants 2048 bits of RSA at least; Kong takes any.
  static constexpr unsigned kMinRsaBits = 2048;
  static constexpr unsigned kMaxRsaBits = 8192;

  // A PEM "PUBLIC KEY" that fits `algorithm` (ES256 wants P-256, …).
  static Made from_pem(std::string_view pem, JwsAlgorithm algorithm, unsigned min_rsa_bits = kMinRsaBits,
                       PssSalt salt = PssSalt::kAsDigest);
  // The bytes of a shared secret, at least one. REQUIRES: is_hmac(algorithm).
  static Made from_secret(std::string_view secret, JwsAlgorithm algorithm);
  // A public RSA, EC or OKP key, or a secret (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2). Without an
  // `alg` it is good for all algorithms of its type. Private members are not looked at.
  static Made from_jwk(const json::Value& jwk);

  Key(Key&&) noexcept;
  Key& operator=(Key&&) noexcept;
  ~Key();

  bool fits(JwsAlgorithm algorithm) const { return find(algorithm) != nullptr; }
  const Fingerprint& fingerprint() const { return fingerprint_; }

 private:
  friend bool verify(const Key&, JwsAlgorithm, std::string_view, std::span<const std::byte>);
  friend class KeyMaker;

  struct ContextDeleter {
    void operator()(evp_md_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_md_ctx_st, ContextDeleter>;

  // What verify() copies to begin with. Of a public key: `inner` is set up for one verification, `outer` is empty. Of a
  // secret: the two digests of HMAC (RFC 2104), which have taken in the padded secret.
  struct Prepared {
    JwsAlgorithm algorithm{};
    uint16_t signature_bytes = 0;  // the only length of a signature
    Context inner;
    Context outer;
  };
  static constexpr size_t kMostAlgorithms = 6;  // RSA: RS and PS, three digests each

  Key();
  // nullptr: the key does not fit the algorithm.
  const Prepared* find(JwsAlgorithm algorithm) const;

  Fingerprint fingerprint_;
  std::array<Prepared, kMostAlgorithms> prepared_;  // those in use first
};

}  // namespace sluice::token
