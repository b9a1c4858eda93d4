#include "edge/token_check.h"

#include <algorithm>
#include <cstring>

#include "edge/answers.h"
#include "http/characters.h"
#include "token/verified_memory.h"
#include "token/verify.h"

namespace sluice::edge {
namespace {

using token::json::Kind;
using token::json::Value;

struct FaultInfo {
  Counter reason;
  std::string_view message;  // for the client: neither quotes nor backslashes
};

// In the order of TokenFault.
constexpr std::array<FaultInfo, kTokenFaults> kFaults = {{
    {Counter::kEdgeTokensAccepted, ""},
    {Counter::kEdgeTokenMissing, "Unauthorized"},
    {Counter::kEdgeTokenMalformed, "The token is malformed"},
    {Counter::kEdgeTokenUnknownKey, "The token was not signed with an accepted key"},
    {Counter::kEdgeTokenBadSignature, "The signature of the token does not hold"},
    {Counter::kEdgeTokenExpired, "The token has expired"},
    {Counter::kEdgeTokenNotYetValid, "The token is not valid yet"},
    {Counter::kEdgeTokenBadClaims, "The claims of the token are not accepted"},
    {Counter::kEdgeNoMemory, "Service unavailable"},
}};

const FaultInfo& info_of(TokenFault fault) {
  return kFaults[static_cast<size_t>(fault)];
}

// A quoted-string (RFC 9110 section 5.6.4).
std::string quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + '"';
}

// RFC 6750 section 3: a request without a token is not told of an error.
std::string challenge(const std::optional<std::string>& realm, TokenFault fault) {
  std::string text = "Bearer";
  if (realm) text += " realm=" + quoted(*realm);
  if (fault == TokenFault::kMissing) return text;
  return text + (realm ? ", " : " ") + "error=\"invalid_token\", error_description=" + quoted(info_of(fault).message);
}

struct Bearer {
  TokenFault fault = TokenFault::kNone;
  std::string_view token;
};

// RFC 6750 section 2.1. Other schemes are none of our business: no token. Two fields are one token too many.
Bearer find_bearer(const http::Request& request, std::string_view header) {
  constexpr std::string_view kScheme = "bearer";
  const auto value = request.headers.find(header);
  if (!value) return {TokenFault::kMissing, {}};
  if (request.headers.count(header) > 1) return {TokenFault::kMalformed, {}};
  if (!http::iequals(value->substr(0, kScheme.size()), kScheme)) return {TokenFault::kMissing, {}};
  const std::string_view rest = value->substr(kScheme.size());
  const std::string_view token = http::trim(rest);
  if (token.empty() || token.size() == rest.size()) return {TokenFault::kMalformed, {}};
  return {TokenFault::kNone, token};
}

double seconds(WallTime t) {
  return static_cast<double>(t.ns) / 1e9;
}
double seconds(Duration d) {
  return static_cast<double>(d.ns) / 1e9;
}

bool contains(const std::vector<std::string>& texts, std::optional<std::string_view> text) {
  return text && std::find(texts.begin(), texts.end(), *text) != texts.end();
}

}  // namespace

TokenCheck::TokenCheck(const policy::Verify& verify, const std::vector<SourcedKey>& keys, Complainer& complainer)
    : verify_(&verify) {
  for (const std::string& wanted : verify.keys) {
    if (std::none_of(keys.begin(), keys.end(), [&](const SourcedKey& k) { return k.source == wanted; })) {
      complainer.field("verify.keys", "'" + wanted + "' is no key of edge.keys");
    }
  }
  for (const SourcedKey& k : keys) {
    if (verify.keys.empty() || contains(verify.keys, k.source)) keys_.add(k.key);
  }
  if (keys_.empty()) complainer.field("verify.keys", "there is no key to verify with; expected one in edge.keys");
  for (size_t i = 0; i < kTokenFaults; ++i) challenges_[i] = challenge(verify.realm, static_cast<TokenFault>(i));
}

http::Verdict TokenCheck::run(Context& context) const {
  const Bearer bearer = find_bearer(context.http.request, verify_->header);
  if (bearer.fault == TokenFault::kMissing && !verify_->required) return http::Verdict::kContinue;
  if (bearer.fault != TokenFault::kNone) return refuse_token(context, bearer.fault);

  const Examined examined = examine(context.http, bearer.token);
  if (examined.fault != TokenFault::kNone) return refuse_token(context, examined.fault);

  context.token = examined.jws;
  http::VerifiedToken& verdict = context.http.token;
  verdict.valid = true;
  verdict.token = bearer.token;
  verdict.algorithm = token::name_of(examined.jws->algorithm());
  std::memcpy(verdict.key_fingerprint, examined.key->fingerprint().words, sizeof(verdict.key_fingerprint));
  context.http.worker.count(Counter::kEdgeTokensAccepted);
  return http::Verdict::kContinue;
}

// A remembered token is believed if this rule trusts the key that made it good.
TokenCheck::Examined TokenCheck::examine(const http::RequestContext& http, std::string_view text) const {
  const WallTime now = http.worker.clock.wall_now();
  if (const auto* entry = http.verified_tokens->find(text, token::Dialect::kStrict)) {
    const token::Key* key = keys_.find(entry->jws.algorithm(), entry->jws.kid(),
                                       [&](const token::Key& k) { return k.fingerprint() == entry->key; });
    if (key != nullptr) return {check_claims(entry->jws, now), &entry->jws, key};
    return examine_unknown(http, entry->jws);
  }
  const auto jws = token::decode(text, token::Dialect::kStrict, http.arena);
  if (!jws) return {jws.error() == token::DecodeError::kNoMemory ? TokenFault::kNoMemory : TokenFault::kMalformed};
  return examine_unknown(http, *jws);
}

// Claims first: a client that goes on sending an expired token costs no verification.
TokenCheck::Examined TokenCheck::examine_unknown(const http::RequestContext& http, const token::Jws& jws) const {
  if (const TokenFault fault = check_claims(jws, http.worker.clock.wall_now()); fault != TokenFault::kNone) {
    return {fault};
  }
  bool tried = false;
  const token::Key* key = keys_.find(jws.algorithm(), jws.kid(), [&](const token::Key& k) {
    tried = true;
    http.worker.count(Counter::kTokenVerifications);
    return token::verify(k, jws.algorithm(), jws.signing_input(), jws.signature());
  });
  if (key == nullptr) return {tried ? TokenFault::kBadSignature : TokenFault::kUnknownKey};
  if (const auto* entry = http.verified_tokens->remember(jws, token::Dialect::kStrict, key->fingerprint())) {
    return {TokenFault::kNone, &entry->jws, key};
  }
  const token::Jws* kept = http.arena.try_make<token::Jws>(jws);
  return {kept == nullptr ? TokenFault::kNoMemory : TokenFault::kNone, kept, key};
}

TokenFault TokenCheck::check_claims(const token::Jws& jws, WallTime now) const {
  const Value claims = jws.claims();
  for (const policy::TimeClaim claim : verify_->claims_to_verify) {
    const auto value = claims.find(claim == policy::TimeClaim::kExp ? "exp" : "nbf");
    if (!value) continue;
    if (const TokenFault fault = check_time(claim, *value, now); fault != TokenFault::kNone) return fault;
  }
  for (const std::string& required : verify_->required_claims) {
    const auto value = claims.find(required);
    if (!value || value->is(Kind::kNull)) return TokenFault::kBadClaims;
  }
  return issuer_is_accepted(jws) && audience_is_accepted(jws) ? TokenFault::kNone : TokenFault::kBadClaims;
}

// RFC 7519 sections 4.1.4 and 4.1.5: not on or after exp, not before nbf.
TokenFault TokenCheck::check_time(policy::TimeClaim claim, const Value& value, WallTime now) const {
  const auto moment = value.number();
  if (!moment) return TokenFault::kBadClaims;
  const double leeway = seconds(verify_->leeway);
  if (claim == policy::TimeClaim::kExp) {
    return seconds(now) < *moment + leeway ? TokenFault::kNone : TokenFault::kExpired;
  }
  return seconds(now) >= *moment - leeway ? TokenFault::kNone : TokenFault::kNotYetValid;
}

bool TokenCheck::issuer_is_accepted(const token::Jws& jws) const {
  return verify_->issuers.empty() || contains(verify_->issuers, jws.claim_string("iss"));
}

// RFC 7519 section 4.1.3: one audience, or a list of them.
bool TokenCheck::audience_is_accepted(const token::Jws& jws) const {
  if (verify_->audiences.empty()) return true;
  const auto aud = jws.claims().find("aud");
  if (!aud) return false;
  if (aud->is(Kind::kString)) return contains(verify_->audiences, aud->string());
  if (!aud->is(Kind::kArray)) return false;
  for (const Value element : *aud) {
    if (contains(verify_->audiences, element.string())) return true;
  }
  return false;
}

http::Verdict TokenCheck::refuse_token(Context& context, TokenFault fault) const {
  if (fault == TokenFault::kNoMemory) return refuse_for_memory(context, "edge.verify");
  add_answer_header(context.http, "WWW-Authenticate", challenges_[static_cast<size_t>(fault)]);
  const FaultInfo& info = info_of(fault);
  return refuse(context, {info.reason, Side::kClient, "edge.verify"}, 401, info.message);
}

}  // namespace sluice::edge
