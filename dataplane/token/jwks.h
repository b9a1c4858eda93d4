// JWK Sets (RFC 7517 section 5): the keys that an issuer publishes. Control side.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sluice/result.h"
#include "token/key_set.h"

namespace sluice::token {

inline constexpr size_t kMaxJwksKeys = 256;

struct Jwks {
  std::vector<NamedKey> keys;  // at least one
  // Keys that are not for us (encryption, unknown types, too short), one line each: RFC 7517 section 5 says to pass
  // over them. For the user to read.
  std::vector<std::string> passed_over;
};

// Takes a document of at most 64 KiB apart. The error says what was expected.
Result<Jwks, std::string> parse_jwks(std::string_view document);

}  // namespace sluice::token
