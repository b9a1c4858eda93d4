#include "gateway/plugins/jwt.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/errors.h"
#include "gateway/plugins/authentication.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/jwt_tokens.h"
#include "gateway/plugins/made.h"
#include "gateway/text.h"
#include "token/jws.h"
#include "token/verified_memory.h"
#include "token/verify.h"

namespace sluice::gateway {

namespace {

using token::Jws;
using token::json::Kind;
using token::json::Value;

// Why a request was not authenticated. A refusal of claims is the whole body, of anything else the message in it.
struct Refusal {
  enum class Kind : uint8_t { kNoToken, kBadToken, kBadClaims, kNoMemory };
  Kind kind = Kind::kNoToken;
  std::string_view text;
};

Refusal bad_token(std::string_view message) {
  return {Refusal::Kind::kBadToken, message};
}

std::string_view message_for(token::DecodeError error) {
  switch (error) {
    case token::DecodeError::kAlg:
      return "Bad token; invalid alg";
    case token::DecodeError::kClaims:
      return "Bad token; invalid claims";
    case token::DecodeError::kSignature:
      return "Bad token; invalid signature";
    default:
      return "Bad token; invalid JSON";
  }
}

// What Lua takes for true: anything but false and what is not there.
std::optional<Value> member(const Value& object, std::string_view name) {
  const std::optional<Value> found = object.find(name);
  return found && !found->is(Kind::kFalse) ? found : std::nullopt;
}

// The signature of exactly this token was found good with this key, here or by the edge stage.
bool is_known_good(const Context& context, const Jws& jws, const token::Fingerprint& key) {
  const http::VerifiedToken& verdict = context.http.token;
  if (verdict.valid && verdict.token == jws.token() && verdict.algorithm == to_text(jws.algorithm()) &&
      std::ranges::equal(verdict.key_fingerprint, key.words)) {
    return true;
  }
  if (context.http.verified_tokens == nullptr) return false;
  const token::VerifiedMemory::Entry* const entry =
      context.http.verified_tokens->find(jws.token(), token::Dialect::kKong);
  return entry != nullptr && entry->key == key;
}

bool stands_in_authorization(const Context& context, std::string_view token) {
  return bearer_token(context.http.request.headers.find("Authorization").value_or("")) == token;
}

bool signature_holds(Context& context, const Jws& jws, const token::Key& key) {
  if (!key.fits(jws.algorithm())) return false;
  if (is_known_good(context, jws, key.fingerprint())) return true;
  context.http.worker.count(Counter::kTokenVerifications);
  if (!token::verify(key, jws.algorithm(), jws.signing_input(), jws.signature())) return false;
  if (context.http.verified_tokens != nullptr) {
    // nullptr: it does not fit, and is checked again next time.
    (void)context.http.verified_tokens->remember(jws, token::Dialect::kKong, key.fingerprint());
  }
  return true;
}

class Jwt final : public Plugin {
 public:
  Jwt(const policy::JwtConfig& config, const PluginEnvironment& environment)
      : config_(config),
        consumers_(environment.consumers),
        gate_(config.anonymous, config.run_on_preflight, environment.consumers),
        places_(config),
        challenge_(config.realm ? "Bearer realm=\"" + *config.realm + "\"" : "Bearer"),
        challenge_for_bad_token_(challenge_ + " error=\"invalid_token\""),
        no_claim_("No mandatory '" + config.key_claim_name + "' in claims"),
        empty_claim_("Invalid '" + config.key_claim_name + "' in claims"),
        no_credential_("No credentials found for given '" + config.key_claim_name + "'") {}

  http::Verdict access(Context& context) const override {
    if (gate_.lets_pass(context)) return AuthenticationGate::pass(context);
    const Finding finding = identify(context);
    if (finding.credential != nullptr) {
      const JwtCredential& credential = *finding.credential;
      return authenticate(context, credential.consumer, credential.id, credential.policy->key,
                          finding.by_authorization);
    }
    // Nobody knows whose the token is: the request is not to go on as anybody.
    if (finding.refusal.kind == Refusal::Kind::kNoMemory) return answer_unexpected(context);
    if (gate_.has_anonymous()) return gate_.admit_anonymous(context);
    return refuse(context, finding.refusal);
  }

 private:
  struct Finding {
    const JwtCredential* credential = nullptr;  // nullptr: refused
    Refusal refusal;
    bool by_authorization = false;
  };

  Finding identify(Context& context) const {
    const FoundToken found = places_.find(context);
    switch (found.found) {
      case TokensFound::kNone:
        return {nullptr, {Refusal::Kind::kNoToken, "Unauthorized"}};
      case TokensFound::kSeveral:
        return {nullptr, bad_token("Multiple tokens provided")};
      case TokensFound::kNotText:
        return {nullptr, bad_token("Unrecognizable token")};
      case TokensFound::kNoMemory:
        return {nullptr, {Refusal::Kind::kNoMemory, {}}};
      case TokensFound::kOne:
        break;
    }
    const Result<Jws, token::DecodeError> jws = token::decode(found.token, token::Dialect::kKong, context.http.arena);
    if (!jws && jws.error() == token::DecodeError::kNoMemory) return {nullptr, {Refusal::Kind::kNoMemory, {}}};
    if (!jws) return {nullptr, bad_token(message_for(jws.error()))};
    return check(context, *jws);
  }

  // In Kong's order.
  Finding check(Context& context, const Jws& jws) const {
    const std::optional<Value> in_claims = member(jws.claims(), config_.key_claim_name);
    const std::optional<Value> issuer = in_claims ? in_claims : member(jws.header(), config_.key_claim_name);
    if (!issuer) return {nullptr, bad_token(no_claim_)};
    const std::optional<std::string_view> name = issuer->string();
    if (name && name->empty()) return {nullptr, bad_token(empty_claim_)};
    const JwtCredential* const credential = name ? consumers_.find_jwt(*name) : nullptr;
    if (credential == nullptr) return {nullptr, bad_token(no_credential_)};
    if (credential->policy->algorithm != jws.algorithm()) return {nullptr, bad_token("Invalid algorithm")};
    const token::Key* const key = key_of(*credential);
    if (key == nullptr) return {nullptr, bad_token("Invalid key/secret")};
    if (!signature_holds(context, jws, *key)) return {nullptr, bad_token("Invalid signature")};
    const std::string_view claim_errors = check_times(context, jws.claims());
    if (!claim_errors.empty()) return {nullptr, {Refusal::Kind::kBadClaims, claim_errors}};
    return {credential, {}, stands_in_authorization(context, jws.token())};
  }

  const token::Key* key_of(const JwtCredential& credential) const {
    const bool of_base64 = config_.secret_is_base64 && policy::is_hmac(credential.policy->algorithm);
    const std::optional<token::Key>& key = of_base64 ? credential.key_of_base64 : credential.key;
    return key ? &*key : nullptr;
  }

  // Empty when all hold, else a JSON object with a message for each claim that does not. No leeway.
  std::string_view check_times(const Context& context, const Value& claims) const {
    const int64_t now_s = context.http.worker.clock.wall_now().seconds();
    const std::optional<double> exp = number(claims, "exp");
    const std::optional<double> nbf = number(claims, "nbf");
    std::string_view exp_error = "";
    std::string_view nbf_error = "";
    for (policy::TimeClaim claim : config_.claims_to_verify) {
      const bool is_exp = claim == policy::TimeClaim::kExp;
      if (is_exp) exp_error = !exp ? kNoNumber : *exp <= static_cast<double>(now_s) ? "token expired" : "";
      if (!is_exp) nbf_error = !nbf ? kNoNumber : *nbf > static_cast<double>(now_s) ? "token not valid yet" : "";
    }
    if (!exp_error.empty() || !nbf_error.empty()) return error_object(context.http.arena, exp_error, nbf_error);
    const int64_t most_s = config_.maximum_expiration.s();
    if (most_s > 0 && (!exp || *exp - static_cast<double>(now_s) > static_cast<double>(most_s))) {
      return R"({"exp":"exceeds maximum allowed expiration"})";
    }
    return {};
  }

  static std::optional<double> number(const Value& claims, std::string_view name) {
    const std::optional<Value> claim = claims.find(name);
    return claim ? claim->number() : std::nullopt;
  }

  static std::string_view error_object(Arena& arena, std::string_view exp_error, std::string_view nbf_error) {
    const bool both = !exp_error.empty() && !nbf_error.empty();
    const std::string_view text = concat(
        arena, {"{", nbf_error.empty() ? "" : R"("nbf":")", nbf_error, nbf_error.empty() ? "" : "\"", both ? "," : "",
                exp_error.empty() ? "" : R"("exp":")", exp_error, exp_error.empty() ? "" : "\"", "}"});
    return text.data() == nullptr ? "{}" : text;
  }

  http::Verdict refuse(Context& context, const Refusal& refusal) const {
    context.http.worker.count(Counter::kGatewayUnauthenticated);
    const std::string& challenge = refusal.kind == Refusal::Kind::kNoToken ? challenge_ : challenge_for_bad_token_;
    if (!context.http.answer.head.headers.set("WWW-Authenticate", challenge)) return answer_unexpected(context);
    if (refusal.kind == Refusal::Kind::kBadClaims) return answer_json(context.http, 401, refusal.text);
    return answer_message(context.http, 401, refusal.text);
  }

  static constexpr std::string_view kNoNumber = "must be a number";

  const policy::JwtConfig& config_;
  const Consumers& consumers_;
  const AuthenticationGate gate_;
  const JwtTokenPlaces places_;
  const std::string challenge_;
  const std::string challenge_for_bad_token_;
  const std::string no_claim_;
  const std::string empty_claim_;
  const std::string no_credential_;
};

}  // namespace

MadePlugin make_plugin(const policy::JwtConfig& config, const PluginEnvironment& environment) {
  return made<Jwt>(config, environment);
}

}  // namespace sluice::gateway
