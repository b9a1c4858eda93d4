#include "token/verify.h"

#include <openssl/err.h>

#include <array>

#include "token/algorithm.h"
#include "token/constant_time.h"
#include "token/openssl.h"

namespace sluice::token {
namespace {

using Bytes = std::span<const std::byte>;

const unsigned char* raw(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// An ECDSA-Sig-Value (RFC 3279 section 2.2.3): SEQUENCE { INTEGER r, INTEGER s } in DER.
class EcdsaDer {
 public:
  // r || s as JOSE has it.
  explicit EcdsaDer(Bytes signature) {
    const size_t width = signature.size() / 2;
    const Bytes r = magnitude(signature.first(width));
    const Bytes s = magnitude(signature.last(width));
    const size_t content = integer_size(r) + integer_size(s);
    put(0x30);
    if (content >= 0x80) put(0x81);
    put(content);
    put_integer(r);
    put_integer(s);
  }
  Bytes bytes() const { return {der_.data(), size_}; }

 private:
  static Bytes magnitude(Bytes number) {
    while (number.size() > 1 && number.front() == std::byte{0}) number = number.subspan(1);
    return number;
  }
  static bool needs_sign_byte(Bytes number) { return (number.front() & std::byte{0x80}) != std::byte{0}; }
  static size_t integer_size(Bytes number) { return 2 + number.size() + (needs_sign_byte(number) ? 1 : 0); }

  void put(size_t byte) { der_[size_++] = static_cast<std::byte>(byte); }
  void put_integer(Bytes number) {
    put(0x02);
    put(integer_size(number) - 2);
    if (needs_sign_byte(number)) put(0);
    for (const std::byte b : number) der_[size_++] = b;
  }

  std::array<std::byte, 3 + 2 * (3 + kMaxCoordinateBytes)> der_;
  size_t size_ = 0;
};

bool verify_public(EVP_MD_CTX* context, const EVP_MD_CTX* prepared, std::string_view input, Bytes signature) {
  const bool good = EVP_MD_CTX_copy_ex(context, prepared) == 1 &&
                    EVP_DigestVerify(context, raw(signature), signature.size(),
                                     reinterpret_cast<const unsigned char*>(input.data()), input.size()) == 1;
  // A refused signature leaves its reasons in the thread's queue.
  if (!good) ERR_clear_error();
  return good;
}

// RFC 2104: H(K ^ opad, H(K ^ ipad, input)).
bool verify_hmac(EVP_MD_CTX* context, const EVP_MD_CTX* inner, const EVP_MD_CTX* outer, std::string_view input,
                 Bytes signature) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  const bool done =
      EVP_MD_CTX_copy_ex(context, inner) == 1 && EVP_DigestUpdate(context, input.data(), input.size()) == 1 &&
      EVP_DigestFinal_ex(context, mac.data(), &size) == 1 &&  //
      EVP_MD_CTX_copy_ex(context, outer) == 1 &&              //
      EVP_DigestUpdate(context, mac.data(), size) == 1 && EVP_DigestFinal_ex(context, mac.data(), &size) == 1;
  return done && equal_constant_time(std::as_bytes(std::span(mac).first(size)), signature);
}

}  // namespace

bool verify(const Key& key, JwsAlgorithm algorithm, std::string_view signing_input, Bytes signature) {
  const Key::Prepared* prepared = key.find(algorithm);
  if (prepared == nullptr || signature.size() != prepared->signature_bytes) return false;
  const openssl::DigestContext context(EVP_MD_CTX_new());
  if (context == nullptr) return false;
  switch (info_of(algorithm).family) {
    case Family::kHmac:
      return verify_hmac(context.get(), prepared->inner.get(), prepared->outer.get(), signing_input, signature);
    case Family::kEcdsa:
      return verify_public(context.get(), prepared->inner.get(), signing_input, EcdsaDer(signature).bytes());
    case Family::kRsaPkcs1:
    case Family::kRsaPss:
    case Family::kEdDsa:
      return verify_public(context.get(), prepared->inner.get(), signing_input, signature);
  }
  return false;
}

}  // namespace sluice::token
