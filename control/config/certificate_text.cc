#include "config/certificate_text.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "config/digests.h"

namespace sluice::config {

namespace {

constexpr size_t kMostBytes = 1 << 20;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio reader(std::string_view pem) {
  const bool small = pem.size() <= kMostBytes;
  return {small ? BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())) : nullptr, &BIO_free};
}

// Nobody is asked for a pass phrase.
int no_pass_phrase(char*, int, int, void*) {
  return 0;
}

X509Ptr read_certificate(std::string_view pem) {
  const Bio in = reader(pem);
  return {in ? PEM_read_bio_X509(in.get(), nullptr, &no_pass_phrase, nullptr) : nullptr, &X509_free};
}

Key read_key(std::string_view pem) {
  const Bio in = reader(pem);
  return {in ? PEM_read_bio_PrivateKey(in.get(), nullptr, &no_pass_phrase, nullptr) : nullptr, &EVP_PKEY_free};
}

// Why OpenSSL refused, without what it read.
std::string take_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "not PEM" : reason;
}

}  // namespace

std::string check_certificate(std::string_view pem) {
  return read_certificate(pem) ? std::string() : "invalid certificate: " + take_reason();
}

std::string check_private_key(std::string_view pem) {
  return read_key(pem) ? std::string() : "invalid key: " + take_reason();
}

bool is_pair(std::string_view certificate, std::string_view key) {
  const X509Ptr own = read_certificate(certificate);
  const Key secret = read_key(key);
  const bool pair = own && secret && X509_check_private_key(own.get(), secret.get()) == 1;
  ERR_clear_error();
  return pair;
}

bool have_keys_of_one_type(std::string_view certificate, std::string_view other) {
  const X509Ptr a = read_certificate(certificate);
  const X509Ptr b = read_certificate(other);
  const bool both = a && b && X509_get0_pubkey(a.get()) != nullptr && X509_get0_pubkey(b.get()) != nullptr;
  return both && EVP_PKEY_get_base_id(X509_get0_pubkey(a.get())) == EVP_PKEY_get_base_id(X509_get0_pubkey(b.get()));
}

std::string authority_problem(std::string_view pem, std::chrono::system_clock::time_point now) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  const size_t first = pem.find(kBegin);
  if (first != std::string_view::npos && pem.find(kBegin, first + kBegin.size()) != std::string_view::npos) {
    return "please submit only one certificate at a time";
  }
  const X509Ptr certificate = read_certificate(pem);
  if (!certificate) return "invalid certificate: " + take_reason();
  time_t seconds = std::chrono::system_clock::to_time_t(now);
  if (X509_cmp_time(X509_get0_notAfter(certificate.get()), &seconds) < 0) {
    return "certificate expired, \"Not After\" time is in the past";
  }
  if ((X509_get_extension_flags(certificate.get()) & EXFLAG_CA) == 0) {
    return "certificate does not appear to be a CA because it is missing the \"CA\" basic constraint";
  }
  return {};
}

std::string certificate_digest(std::string_view pem) {
  const X509Ptr certificate = read_certificate(pem);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &length) != 1) return {};
  return to_hex({reinterpret_cast<const char*>(digest.data()), length});
}

}  // namespace sluice::config
