// The value of Authorization in the scheme hmac: who signs, how, what, and the signature.
//   hmac username="…", algorithm="hmac-sha256", headers="date @request-target", signature="<base64>"
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "sluice/policy/plugins/hmac_auth.h"

namespace sluice::gateway {

struct HmacSignature {
  std::string_view username;
  std::string_view algorithm;
  std::string_view headers;  // names, parted by spaces
  std::string_view signature;
  bool in_authorization = false;  // where it stood; set by who has looked there
};

// Nothing: another scheme, or not these four parameters in this order. All of them are there and not empty. As Kong's
// regular expression reads them: each value goes on as far as what must follow allows.
std::optional<HmacSignature> parse_hmac_signature(std::string_view header);

// Walks the names of `headers`. Between two spaces that follow each other stands an empty one.
class SignedNames {
 public:
  explicit SignedNames(std::string_view headers) : rest_(headers) {}
  // The next name; nothing at the end.
  std::optional<std::string_view> next();

 private:
  std::optional<std::string_view> rest_;  // nothing: at the end
};

inline constexpr size_t kLongestHmacBytes = 64;

// HMAC (RFC 2104) of `text`; as many bytes as the algorithm has, or none when OpenSSL fails.
std::span<const std::byte> compute_hmac(policy::HmacAlgorithm algorithm, std::string_view secret, std::string_view text,
                                        std::array<std::byte, kLongestHmacBytes>& room);

}  // namespace sluice::gateway
