#include "gateway/plugins/hmac_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace sluice::gateway {

namespace {

// A stretch of the header.
struct Place {
  size_t begin = std::string_view::npos;  // npos: it is not there
  size_t end = std::string_view::npos;

  bool found() const { return begin != std::string_view::npos; }
};

size_t skip_space(std::string_view text, size_t at) {
  return std::min(text.find_first_not_of(" \t", at), text.size());
}

// The last `",` + white space + opening, of which the end is not beyond `limit`.
Place last_separator(std::string_view text, std::string_view opening, size_t limit) {
  for (size_t at = text.substr(0, limit).rfind(opening); at != std::string_view::npos && at > 0;
       at = text.substr(0, at + opening.size() - 1).rfind(opening)) {
    const size_t before = text.find_last_not_of(" \t", at - 1);
    if (before != std::string_view::npos && before > 0 && text[before] == ',' && text[before - 1] == '"') {
      return {before - 1, at + opening.size()};
    }
  }
  return {};
}

// The first scheme + white space + `username="` that ends before `limit`.
Place first_username(std::string_view text, size_t limit) {
  constexpr std::string_view kScheme = "mac";
  constexpr std::string_view kOpening = "username=\"";
  for (size_t at = text.find(kScheme); at != std::string_view::npos; at = text.find(kScheme, at + 1)) {
    const size_t opening = skip_space(text, at + kScheme.size());
    const size_t end = opening + kOpening.size();
    if (at == 0 || (text[at - 1] != 'H' && text[at - 1] != 'h') || end >= limit) continue;
    if (text.substr(opening).starts_with(kOpening)) return {at - 1, end};
  }
  return {};
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

// From the end to the beginning: what stands behind the last separator that fits is as short as it can be.
std::optional<HmacSignature> parse_hmac_signature(std::string_view header) {
  const auto before = [](size_t place) { return place == 0 || place == std::string_view::npos ? 0 : place - 1; };
  const size_t quote = header.rfind('"');
  const Place signature = last_separator(header, "signature=\"", before(quote));
  const Place headers = last_separator(header, "headers=\"", before(signature.begin));
  const Place algorithm = last_separator(header, "algorithm=\"", before(headers.begin));
  const Place username = first_username(header, algorithm.found() ? algorithm.begin : 0);
  if (!username.found()) return std::nullopt;
  const auto between = [&](const Place& from, size_t to) { return header.substr(from.end, to - from.end); };
  return HmacSignature{between(username, algorithm.begin), between(algorithm, headers.begin),
                       between(headers, signature.begin), between(signature, quote)};
}

std::optional<std::string_view> SignedNames::next() {
  if (!rest_) return std::nullopt;
  const size_t space = rest_->find(' ');
  const std::string_view name = rest_->substr(0, space);
  rest_ = space == std::string_view::npos ? std::nullopt : std::optional(rest_->substr(space + 1));
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
