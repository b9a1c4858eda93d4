// How secrets appear in a policy that is written out.
#pragma once

#include <cstdint>
#include <string>

#include "sluice/policy/secret.h"

namespace sluice::config {

enum class SecretStyle : uint8_t {
  kRedacted,   // "***"
  kKeyedHash,  // HMAC-SHA-256 in hexadecimal: equal secrets look equal, on every machine; for fingerprints and ids
  kRevealed,   // as the policy says them, references as references: for the control socket alone, as Kong's admin API
               // answers
};

std::string to_text(const policy::Secret& secret, SecretStyle style);

}  // namespace sluice::config
