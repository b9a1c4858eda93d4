#include "config/digests.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace sluice::config {

namespace {

std::runtime_error missing_digest() {
  return std::runtime_error("OpenSSL does not offer a digest that policies need");
}

// Fetched once: behind EVP_sha1() and its like OpenSSL 3 looks the digest up anew at each use, which takes longer than
// the digest of an id.
const EVP_MD* sha1_algorithm() {
  static const EVP_MD* const kSha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return kSha1;
}

// REQUIRES: `out` holds the digest's length. OpenSSL fails here only if it has no memory or no such digest.
void digest(const EVP_MD* algorithm, std::string_view text, uint8_t* out) {
  if (EVP_Digest(text.data(), text.size(), out, nullptr, algorithm, nullptr) != 1) {
    throw missing_digest();
  }
}

}  // namespace

policy::Fingerprint sha256(std::string_view text) {
  policy::Fingerprint fingerprint{};
  digest(EVP_sha256(), text, fingerprint.data());
  return fingerprint;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw missing_digest();
}

void Sha256::add(std::string_view text) {
  if (EVP_DigestUpdate(context_.get(), text.data(), text.size()) != 1) throw missing_digest();
}

policy::Fingerprint Sha256::finish() {
  policy::Fingerprint fingerprint{};
  if (EVP_DigestFinal_ex(context_.get(), fingerprint.data(), nullptr) != 1) throw missing_digest();
  return fingerprint;
}

std::string hmac_sha256_hex(std::string_view key, std::string_view text) {
  std::array<uint8_t, 32> mac{};
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const uint8_t*>(text.data()),
           text.size(), mac.data(), nullptr) == nullptr) {
    throw std::runtime_error("OpenSSL does not offer HMAC-SHA-256");
  }
  return to_hex({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

policy::Uuid uuid_v5(const policy::Uuid& space, std::string_view name) {
  std::string text(reinterpret_cast<const char*>(space.bytes().data()), space.bytes().size());
  text += name;
  std::array<uint8_t, 20> hash{};
  digest(sha1_algorithm(), text, hash.data());
  std::array<uint8_t, 16> bytes{};
  std::copy_n(hash.begin(), bytes.size(), bytes.begin());
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x50);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  return policy::Uuid(bytes);
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

}  // namespace sluice::config
