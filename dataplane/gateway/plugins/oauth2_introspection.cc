#include "gateway/plugins/oauth2_introspection.h"

#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/siphash.h"
#include "gateway/errors.h"
#include "gateway/introspections.h"
#include "gateway/plugins/access_token.h"
#include "gateway/plugins/authentication.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/made.h"
#include "http/name_set.h"
#include "http/url.h"
#include "sluice/introspection.h"

namespace sluice::gateway {

namespace {

using policy::ConsumerBy;
using policy::Oauth2IntrospectionConfig;

// A wait ends by control's answer, which comes when the question's timeout is over at the latest.
constexpr Duration kAnswerMargin = Duration::seconds(2);

// Claims by RFC 7662 section 2.2, and how Kong tells the origin of them.
struct KnownClaim {
  std::string_view name;
  std::string_view header;  // empty: told as X-Credential-Identifier, with the consumer
};
constexpr KnownClaim kKnownClaims[] = {
    {"username", ""},
    {"client_id", "X-Credential-Client-ID"},
    {"scope", "X-Credential-Scope"},
    {"token_type", "X-Credential-Token-Type"},
    {"exp", "X-Credential-Exp"},
    {"iat", "X-Credential-Iat"},
    {"nbf", "X-Credential-Nbf"},
    {"sub", "X-Credential-Sub"},
    {"aud", "X-Credential-Aud"},
    {"iss", "X-Credential-Iss"},
    {"jti", "X-Credential-Jti"},
};
constexpr size_t kUsername = 0;
constexpr size_t kClientId = 1;

std::shared_ptr<const IntrospectionTerms> make_terms(const Oauth2IntrospectionConfig& config) {
  auto terms = std::make_shared<IntrospectionTerms>();
  terms->url = config.introspection_url;
  terms->headers.push_back("Authorization: " + std::string(config.authorization_value.reveal()));
  for (const policy::NamedSecret& header : config.custom_introspection_headers) {
    terms->headers.push_back(header.name + ": " + std::string(header.value.reveal()));
  }
  terms->token_type_hint = config.token_type_hint.value_or("");
  terms->timeout = config.timeout;
  terms->keepalive = config.keepalive;
  terms->ttl = config.ttl;
  terms->tell_request = config.introspect_request;
  for (const KnownClaim& claim : kKnownClaims) terms->claims.emplace_back(claim.name);
  for (const std::string& claim : config.custom_claims_forward) terms->claims.push_back(claim);
  return terms;
}

// What keys the digests of tokens: all that an answer depends on, with the gateway's own credential, which nobody else
// knows. The same on each machine that has the policy.
struct DigestKeys {
  std::array<SipKey, 2> token;
  std::array<SipKey, 2> request;
};

DigestKeys make_keys(const IntrospectionTerms& terms) {
  std::string all;
  const auto add = [&all](std::string_view text) { (all += std::to_string(text.size()) += ':') += text; };
  add(terms.url);
  add(std::to_string(terms.headers.size()));
  for (const std::string& header : terms.headers) add(header);
  add(terms.token_type_hint);
  add(std::to_string(terms.ttl.ns));
  add(terms.tell_request ? "request" : "");
  for (const std::string& claim : terms.claims) add(claim);
  DigestKeys keys{};
  static_assert(sizeof keys == 64);
  std::array<unsigned char, sizeof keys> digest{};
  EVP_Digest(all.data(), all.size(), digest.data(), nullptr, EVP_sha512(), nullptr);
  std::memcpy(&keys, digest.data(), sizeof keys);
  return keys;
}

uint64_t hash(const SipKey& key, std::string_view text) {
  return siphash(key, std::as_bytes(std::span(text)));
}

class Oauth2Introspection final : public Plugin {
 public:
  Oauth2Introspection(const Oauth2IntrospectionConfig& config, const PluginEnvironment& environment)
      : config_(config),
        consumers_(environment.consumers),
        memory_(*environment.shared.introspections),
        gate_(config.anonymous.empty() ? std::nullopt : std::optional(config.anonymous), config.run_on_preflight,
              environment.consumers),
        terms_(make_terms(config)),
        keys_(make_keys(*terms_)) {
    for (const KnownClaim& claim : kKnownClaims) headers_.emplace_back(claim.header);
    for (const std::string& claim : config.custom_claims_forward) headers_.push_back("X-Credential-" + claim);
    for (const std::string& header : headers_) {
      if (!header.empty()) claim_names_.add(header);
    }
  }

  size_t reads_body(const Context& context) const override {
    return gate_.lets_pass(context) ? 0 : body_for_access_token(context);
  }

  http::Verdict access(Context& context) const override {
    if (gate_.lets_pass(context)) {
      forget_claims(context);
      return AuthenticationGate::pass(context);
    }
    const AccessToken token = find_access_token(context);
    const Told told = told_of(context);
    // Nobody knows whose the token is: the request is not to go on as anybody.
    if (token.place == AccessToken::Place::kNoMemory || told.path.data() == nullptr) return answer_unexpected(context);
    if (token.place == AccessToken::Place::kNowhere) return refuse(context, kMissing);
    if (!told.fits_with(token.text)) {
      context.http.worker.count(Counter::kGatewayIntrospectionsTooLong);
      return refuse(context, kInvalid);
    }
    const IntrospectionKey key = key_of(told, token.text);
    const Woken woken = context.chain.woken;
    const auto known =
        memory_.find(*terms_, key, context.http.arena, context.http.worker.clock.wall_now(),
                     woken == Woken::kServed ? Introspections::Age::kJustCome : Introspections::Age::kFresh);
    if (known) return decide(context, token.place, key, *known);
    return woken == Woken::kNot ? ask(context, told, token.text, key) : fail(context, woken);
  }

 private:
  struct Refusal {
    std::string_view challenge;
    std::string_view body;
  };
  // The bodies are those of Kong's oauth2; in the challenge it leaves out the comma, which RFC 6750 3 wants.
  static constexpr Refusal kMissing = {
      "Bearer", R"({"error":"invalid_request","error_description":"The access token is missing"})"};
  static constexpr Refusal kInvalid = {
      R"(Bearer error="invalid_token", error_description="The access token is invalid or has expired")",
      R"({"error":"invalid_token","error_description":"The access token is invalid or has expired"})"};

  // Method and path for the server: empty where it is not told of them.
  struct Told {
    std::string_view method = "";
    std::string_view path = "";  // data() == nullptr: out of memory

    bool fits_with(std::string_view token) const {
      return token.size() + method.size() + path.size() <= IntrospectionQuestion::kMostBytes;
    }
  };

  // The path is the one that routing saw, so that a rule about it holds however it was written; escaped, for what was
  // decoded may be the end of a line.
  Told told_of(Context& context) const {
    if (!config_.introspect_request) return {};
    const std::string_view path = context.path.empty() ? "" : context.path;
    return {context.http.request.method, http::escape_path(context.http.arena, path)};
  }

  IntrospectionKey key_of(const Told& told, std::string_view token) const {
    IntrospectionKey key{{hash(keys_.token[0], token), hash(keys_.token[1], token)}};
    if (!config_.introspect_request) return key;
    // A method says nothing of a path: two hashes tell them apart.
    key.words[2] = hash(keys_.request[0], told.method);
    key.words[3] = hash(keys_.request[1], told.path);
    return key;
  }

  http::Verdict ask(Context& context, const Told& told, std::string_view token, const IntrospectionKey& key) const {
    IntrospectionQuestion question;
    question.terms = terms_;
    question.key = key;
    question.waiting = context.http.wait;
    question.set(token, told.method, told.path);
    QuestionDesk<IntrospectionQuestion>* const desk = context.http.desks.introspections;
    if (desk == nullptr || !desk->ask(question)) return fail(context, Woken::kBusy);
    context.http.wait_limit = terms_->timeout + kAnswerMargin;
    return http::Verdict::kWait;
  }

  http::Verdict decide(Context& context, AccessToken::Place place, const IntrospectionKey& key,
                       const Introspection& known) const {
    if (context.chain.woken == Woken::kNot) context.http.worker.count(Counter::kGatewayIntrospectionsKnown);
    if (!known.active) {
      context.http.worker.count(Counter::kGatewayIntrospectionsInactive);
      return refuse(context, kInvalid);
    }
    const std::string_view credential_id = text_of(context.http.arena, key);
    if (credential_id.data() == nullptr || !hide(context) || !tell_claims(context, known)) {
      return answer_unexpected(context);
    }
    return authenticate(context, consumer_of(known), credential_id, known.claims[kUsername],
                        place == AccessToken::Place::kHeader);
  }

  [[nodiscard]] bool hide(Context& context) const { return !config_.hide_credentials || hide_access_tokens(context); }

  const Consumer* consumer_of(const Introspection& known) const {
    const std::string_view name = known.claims[config_.consumer_by == ConsumerBy::kClientId ? kClientId : kUsername];
    if (name.empty()) return nullptr;
    return config_.consumer_by == ConsumerBy::kClientId ? consumers_.find_custom_id(name)
                                                        : consumers_.find_username(name);
  }

  // What the client sent under these names is gone, also where a claim is absent. False: out of memory.
  [[nodiscard]] bool tell_claims(Context& context, const Introspection& known) const {
    http::HeaderMap& headers = context.http.request.headers;
    forget_claims(context);
    for (size_t i = 0; i < headers_.size(); ++i) {
      if (headers_[i].empty() || known.claims[i].empty()) continue;
      if (!headers.set(headers_[i], known.claims[i])) return false;
    }
    return true;
  }

  void forget_claims(Context& context) const {
    context.http.request.headers.remove_if(
        [this](const http::Header& header) { return claim_names_.contains(header.name); });
  }

  // 128 bits of the token's keyed digest, as 32 hex digits.
  static std::string_view text_of(Arena& arena, const IntrospectionKey& key) {
    constexpr std::string_view kHexDigits = "0123456789abcdef";
    const std::span<char> text = arena.try_array<char>(32);
    for (size_t i = 0; i < text.size(); ++i) text[i] = kHexDigits[key.words[i / 16] >> (i % 16 * 4) & 15];
    return {text.data(), text.size()};
  }

  // The token is nobody's, or nobody brought one.
  http::Verdict refuse(Context& context, const Refusal& refusal) const {
    if (gate_.has_anonymous()) return admit_anonymous(context);
    context.http.worker.count(Counter::kGatewayUnauthenticated);
    http::HeaderMap& headers = context.http.answer.head.headers;
    if (!headers.set("WWW-Authenticate", refusal.challenge)) return answer_unexpected(context);
    return answer_json(context.http, 401, refusal.body);
  }

  // Nobody knows whose the token is.
  http::Verdict fail(Context& context, Woken how) const {
    const bool busy = how == Woken::kBusy;
    context.http.worker.count(busy ? Counter::kGatewayIntrospectionsBusy : Counter::kGatewayIntrospectionsFailed);
    if (gate_.has_anonymous()) return admit_anonymous(context);
    if (busy) return answer_error(context.http, 503, "Too many tokens are being checked");
    return answer_error(context.http, 500, kInternalErrorMessage);
  }

  http::Verdict admit_anonymous(Context& context) const {
    forget_claims(context);
    if (!hide(context)) return answer_unexpected(context);
    return gate_.admit_anonymous(context);
  }

  const Oauth2IntrospectionConfig& config_;
  const Consumers& consumers_;
  const Introspections& memory_;
  const AuthenticationGate gate_;
  const std::shared_ptr<const IntrospectionTerms> terms_;
  const DigestKeys keys_;
  std::vector<std::string> headers_;  // for the origin, of each of the terms' claims; empty: none
  http::NameSet claim_names_;         // the same
};

}  // namespace

MadePlugin make_plugin(const Oauth2IntrospectionConfig& config, const PluginEnvironment& environment) {
  return made<Oauth2Introspection>(config, environment);
}

}  // namespace sluice::gateway
