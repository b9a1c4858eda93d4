// Jws: a token in compact form (RFC 7515 section 7.1) taken apart: what its header and its claims say, what was signed.
//
// Decoding proves nothing: see verify.h. The edge reads tokens strictly; the gateway's jwt plugin reads them as Kong
// does, so that the same tokens pass. Both see one type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "sluice/policy/jws.h"
#include "sluice/result.h"
#include "token/json.h"

namespace sluice::token {

enum class Dialect : uint8_t {
  // Base64url without padding or slack bits; header and claims are objects, and no object in them has duplicate names;
  // `typ`, if there, is JWT or at+jwt (RFC 8725 section 3.11, RFC 9068); no `crit`, for no extension is understood
  // (RFC 7515 4.1.11).
  kStrict,
  // As Kong 3.9: lax base64url, of duplicate names the last, claims of any type, `crit` and `typ` ignored.
  kKong,
};

// What was wrong, in the order of checking. Named after Kong's "Bad token; invalid …".
enum class DecodeError : uint8_t {
  kJson,       // not three parts, or header or claims are not base64 of JSON
  kTyp,        // a token of another kind (kStrict)
  kAlg,        // none, absent or unknown
  kCrit,       // an extension that must be understood (kStrict)
  kClaims,     // claims that cannot hold members
  kSignature,  // the third part is not base64
  kTooLarge,   // longer than Jws::kMaxTokenBytes, or more members than a token should have
  kNoMemory,
};

class Jws {
 public:
  static constexpr size_t kMaxTokenBytes = 16384;
  static constexpr size_t kMaxMembers = 128;  // of an object (kStrict); values: kMaxNodes in all
  static constexpr size_t kMaxNodes = 1024;

  std::string_view token() const { return {token_, token_size_}; }
  // What the signature covers: the first two parts and their dot.
  std::string_view signing_input() const { return {token_, signing_input_size_}; }
  std::span<const std::byte> signature() const { return {block_ + signature_at_, signature_size_}; }
  policy::JwsAlgorithm algorithm() const { return algorithm_; }

  // The protected header and the claims, unverified. In kStrict both are objects.
  json::Value header() const { return value(0, 0); }
  json::Value claims() const { return value(claims_at_, header_nodes_); }
  // Shorthands for members that are strings.
  std::optional<std::string_view> kid() const { return string_member(header(), "kid"); }
  std::optional<std::string_view> claim_string(std::string_view name) const { return string_member(claims(), name); }

  // Bytes that a copy of this token needs, and the copy: independent of the memory this one lives in
  // (which may be that very room).
  // REQUIRES: room.size() >= copy_size(), aligned to 8.
  size_t copy_size() const { return block_size_ + token_size_; }
  Jws copy_to(std::span<std::byte> room) const;

 private:
  friend class Decoder;
  Jws() = default;

  static std::optional<std::string_view> string_member(const json::Value& object, std::string_view name);
  json::Value value(uint16_t text_at, uint16_t first_node) const {
    return json::Value(reinterpret_cast<const char*>(block_) + text_at,
                       reinterpret_cast<const json::Node*>(block_ + nodes_at_) + first_node, 0);
  }

  // One block: the header's text, the claims' text, the signature, then the nodes of header and claims.
  const char* token_ = nullptr;
  const std::byte* block_ = nullptr;
  uint16_t token_size_ = 0;
  uint16_t signing_input_size_ = 0;
  uint16_t claims_at_ = 0;
  uint16_t signature_at_ = 0;
  uint16_t signature_size_ = 0;
  uint16_t nodes_at_ = 0;
  uint16_t header_nodes_ = 0;
  uint32_t block_size_ = 0;
  policy::JwsAlgorithm algorithm_{};
};

// Takes `token` apart. The result refers to `token` itself and to memory of `arena`.
Result<Jws, DecodeError> decode(std::string_view token, Dialect dialect, Arena& arena);

}  // namespace sluice::token
