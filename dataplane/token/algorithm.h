// What each signature algorithm is made of (RFC 7518 section 3.1, RFC 8037 section 3.1). For the sources of this room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sluice/policy/jws.h"

namespace sluice::token {

enum class Family : uint8_t { kHmac, kRsaPkcs1, kRsaPss, kEcdsa, kEdDsa };

struct AlgorithmInfo {
  Family family;
  const char* digest;     // OpenSSL's name; nullptr: part of the algorithm
  uint16_t digest_bytes;  // 0: part of the algorithm
};

// In the order of JwsAlgorithm.
inline constexpr std::array<AlgorithmInfo, 13> kAlgorithms = {{
    {Family::kHmac, "SHA256", 32},
    {Family::kHmac, "SHA384", 48},
    {Family::kHmac, "SHA512", 64},
    {Family::kRsaPkcs1, "SHA256", 32},
    {Family::kRsaPkcs1, "SHA384", 48},
    {Family::kRsaPkcs1, "SHA512", 64},
    {Family::kEcdsa, "SHA256", 32},
    {Family::kEcdsa, "SHA384", 48},
    {Family::kEcdsa, "SHA512", 64},
    {Family::kRsaPss, "SHA256", 32},
    {Family::kRsaPss, "SHA384", 48},
    {Family::kRsaPss, "SHA512", 64},
    {Family::kEdDsa, nullptr, 0},
}};

inline const AlgorithmInfo& info_of(policy::JwsAlgorithm a) {
  return kAlgorithms[static_cast<size_t>(a)];
}

// The curves of RFC 7518 section 6.2.1.1; each goes with one algorithm.
struct Curve {
  std::string_view jose_name;
  const char* openssl_name;
  policy::JwsAlgorithm algorithm;
  uint16_t coordinate_bytes;
};
inline constexpr std::array<Curve, 3> kCurves = {{
    {"P-256", "prime256v1", policy::JwsAlgorithm::kEs256, 32},
    {"P-384", "secp384r1", policy::JwsAlgorithm::kEs384, 48},
    {"P-521", "secp521r1", policy::JwsAlgorithm::kEs512, 66},
}};
inline constexpr size_t kMaxCoordinateBytes = 66;

// The curves of RFC 8037 section 3.1 that sign.
struct EdwardsCurve {
  std::string_view jose_name;
  const char* openssl_name;
  uint16_t signature_bytes;
};
inline constexpr std::array<EdwardsCurve, 2> kEdwardsCurves = {{{"Ed25519", "ED25519", 64}, {"Ed448", "ED448", 114}}};

}  // namespace sluice::token
