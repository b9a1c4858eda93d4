// The digests that identify policies and entities, on OpenSSL.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sluice/policy/policy.h"
#include "sluice/policy/uuid.h"

namespace sluice::config {

policy::Fingerprint sha256(std::string_view text);

// SHA-256 over what is added, in one.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view text);
  // Once, at the end.
  policy::Fingerprint finish();

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

// HMAC-SHA-256 (RFC 2104) in lower-case hexadecimal.
std::string hmac_sha256_hex(std::string_view key, std::string_view text);

// RFC 9562 section 5.5: SHA-1 over the namespace and the name.
policy::Uuid uuid_v5(const policy::Uuid& space, std::string_view name);

std::string to_hex(std::string_view bytes);

}  // namespace sluice::config
