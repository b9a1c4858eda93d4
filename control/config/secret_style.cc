#include "config/secret_style.h"

#include "config/digests.h"

namespace sluice::config {

std::string to_text(const policy::Secret& secret, SecretStyle style) {
  // The key keeps these hashes apart from any other use. It is no secret itself: machines must agree on fingerprints.
  constexpr std::string_view kKey = "sluice policy secret, first version";
  switch (style) {
    case SecretStyle::kRevealed:
      return secret.reference().empty() ? std::string(secret.reveal()) : secret.reference();
    case SecretStyle::kKeyedHash:
      return hmac_sha256_hex(kKey, secret.reveal());
    case SecretStyle::kRedacted:
      break;
  }
  return std::string(policy::Secret::kRedacted);
}

}  // namespace sluice::config
