// Whether a text holds a public key that OpenSSL reads.
#pragma once

#include <string_view>

namespace sluice::config {

// PEM "BEGIN PUBLIC KEY" (a SubjectPublicKeyInfo, RFC 7468 section 13).
bool is_public_key(std::string_view pem);

}  // namespace sluice::config
