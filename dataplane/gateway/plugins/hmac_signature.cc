#include "gateway/plugins/hmac_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "http/characters.h"

namespace sluice::gateway {

namespace {

// Takes `name="value"` and the comma behind it. Empty: it is not there.
std::string_view take_parameter(std::string_view& rest, std::string_view name) {
  rest = http::trim(rest);
  if (!rest.starts_with(name) || !rest.substr(name.size()).starts_with("=\"")) return {};
  rest.remove_prefix(name.size() + 2);
  const size_t end = rest.find('"');
  if (end == std::string_view::npos) return {};
  const std::string_view value = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (rest.starts_with(',')) rest.remove_prefix(1);
  return value;
}

const EVP_MD* digest_of(policy::HmacAlgorithm algorithm) {
  switch (algorithm) {
    case policy::HmacAlgorithm::kSha1:
      return EVP_sha1();
    case policy::HmacAlgorithm::kSha256:
      return EVP_sha256();
    case policy::HmacAlgorithm::kSha384:
      return EVP_sha384();
    case policy::HmacAlgorithm::kSha512:
      return EVP_sha512();
  }
  return nullptr;
}

}  // namespace

std::optional<HmacSignature> parse_hmac_signature(std::string_view header) {
  std::string_view rest = http::trim(header);
  if (!rest.starts_with("hmac") && !rest.starts_with("Hmac")) return std::nullopt;
  rest.remove_prefix(std::string_view("hmac").size());
  HmacSignature found;
  found.username = take_parameter(rest, "username");
  found.algorithm = take_parameter(rest, "algorithm");
  found.headers = take_parameter(rest, "headers");
  found.signature = take_parameter(rest, "signature");
  const bool complete =
      !found.username.empty() && !found.algorithm.empty() && !found.headers.empty() && !found.signature.empty();
  return complete ? std::optional(found) : std::nullopt;
}

std::optional<std::string_view> SignedNames::next() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
  if (rest_.empty()) return std::nullopt;
  const std::string_view name = rest_.substr(0, rest_.find(' '));
  rest_.remove_prefix(name.size());
  return name;
}

std::span<const std::byte> compute_hmac(policy::HmacAlgorithm algorithm, std::string_view secret, std::string_view text,
                                        std::array<std::byte, kLongestHmacBytes>& room) {
  static_assert(kLongestHmacBytes == EVP_MAX_MD_SIZE);
  unsigned size = 0;
  const unsigned char* const made = HMAC(digest_of(algorithm), secret.data(), static_cast<int>(secret.size()),
                                         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                         reinterpret_cast<unsigned char*>(room.data()), &size);
  return {room.data(), made == nullptr ? 0 : size};
}

}  // namespace sluice::gateway
