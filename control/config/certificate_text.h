// What PEM texts of certificates and keys are, on OpenSSL. Nothing here keeps a key longer than the call.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::config {

// Why `pem` does not begin with a certificate, or with a private key; empty if it does.
std::string check_certificate(std::string_view pem);
std::string check_private_key(std::string_view pem);

// Whether `key` belongs to the certificate. REQUIRES: both passed their checks above.
bool is_pair(std::string_view certificate, std::string_view key);

// Whether both are RSA, both ECDSA, ….
bool have_keys_of_one_type(std::string_view certificate, std::string_view other);

// Why a certificate is not that of an authority in force at `now`, in Kong's words; empty if it is.
std::string authority_problem(std::string_view pem, std::chrono::system_clock::time_point now);

// SHA-256 over the certificate's DER form, in hexadecimal.
std::string certificate_digest(std::string_view pem);

}  // namespace sluice::config
