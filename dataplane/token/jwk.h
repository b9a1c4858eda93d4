// The members of a JSON Web Key as OpenSSL's objects (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).
//
// For key.cc alone. Control side.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/result.h"
#include "token/json.h"
#include "token/openssl.h"

namespace sluice::token {

// The public key of a JWK with `kty` RSA, EC or OKP, or one line that says what is wrong with it.
Result<openssl::PublicKey, std::string> public_key_of_jwk(const json::Value& jwk);

// The secret of a JWK with `kty` oct.
Result<std::vector<std::byte>, std::string> secret_of_jwk(const json::Value& jwk);

}  // namespace sluice::token
