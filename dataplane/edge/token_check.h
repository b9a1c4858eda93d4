// TokenCheck: the bearer token of a request, verified as a rule demands (RFC 6750, RFC 7519 section 7.2, RFC 8725).
//
// Compiled from policy::Verify on the control side, immutable afterwards.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "edge/compile_error.h"
#include "edge/context.h"
#include "sluice/policy/edge_verify.h"
#include "token/jws.h"
#include "token/key_set.h"

namespace sluice::edge {

// A key, and the entry of `edge.keys` that it came from (a JWK Set brings several).
struct SourcedKey {
  std::string source;
  token::NamedKey key;
};

enum class TokenFault : uint8_t {
  kNone,
  kMissing,
  kMalformed,
  kUnknownKey,
  kBadSignature,
  kExpired,
  kNotYetValid,
  kBadClaims,
  kNoMemory,
};
inline constexpr size_t kTokenFaults = 9;

class TokenCheck {
 public:
  // REQUIRES: `verify` and `keys` outlive the check; the keys do not move.
  TokenCheck(const policy::Verify& verify, const std::vector<SourcedKey>& keys, Complainer& complainer);

  // kAnswer: the request is refused with 401, and context.refusal says why. kContinue: the token holds and
  // context.token and http.token are filled, or there is none and the rule does not require one.
  http::Verdict run(Context& context) const;

 private:
  struct Examined {
    TokenFault fault;
    const token::Jws* jws = nullptr;
    const token::Key* key = nullptr;
  };

  Examined examine(const http::RequestContext& http, std::string_view token) const;
  Examined examine_unknown(const http::RequestContext& http, const token::Jws& jws) const;
  TokenFault check_claims(const token::Jws& jws, WallTime now) const;
  TokenFault check_time(policy::TimeClaim claim, const token::json::Value& value, WallTime now) const;
  bool issuer_is_accepted(const token::Jws& jws) const;
  bool audience_is_accepted(const token::Jws& jws) const;
  http::Verdict refuse_token(Context& context, TokenFault fault) const;

  const policy::Verify* verify_;
  token::KeySet keys_;
  std::array<std::string, kTokenFaults> challenges_;  // WWW-Authenticate, by fault
};

}  // namespace sluice::edge
