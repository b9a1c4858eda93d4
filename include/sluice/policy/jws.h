// The signature algorithms of tokens (RFC 7518 section 3.1, RFC 8037), for jwt_secrets and for edge keys. No "none".
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::policy {

enum class JwsAlgorithm : uint8_t {
  kHs256,
  kHs384,
  kHs512,
  kRs256,
  kRs384,
  kRs512,
  kEs256,
  kEs384,
  kEs512,
  kPs256,
  kPs384,
  kPs512,
  kEdDsa,
};

constexpr std::array<std::string_view, 13> names_of(JwsAlgorithm) {
  return {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256",
          "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA"};
}

// HS256, HS384, HS512: the key is a shared secret. All others take a public key.
constexpr bool is_hmac(JwsAlgorithm a) {
  return a <= JwsAlgorithm::kHs512;
}

// ES256, ES384, ES512.
constexpr bool is_ecdsa(JwsAlgorithm a) {
  return a >= JwsAlgorithm::kEs256 && a <= JwsAlgorithm::kEs512;
}

}  // namespace sluice::policy
