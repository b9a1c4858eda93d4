// EdgeKey, Verify: the keys that the edge verifies tokens with, and what a rule asks of a token.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/jws.h"
#include "sluice/policy/plugins/jwt.h"
#include "sluice/policy/secret.h"
#include "sluice/units.h"

namespace sluice::policy {

// Exactly one of public_key, secret and jwks is set; algorithm is there unless it is jwks, whose keys name their own.
struct EdgeKey {
  static constexpr std::string_view kEntityType = "edge key";

  std::string id;  // what rules name; for a key on its own also the `kid` that tokens may name
  std::optional<JwsAlgorithm> algorithm;
  std::optional<std::string> public_key;  // PEM
  Secret secret;
  bool secret_is_base64 = false;
  std::optional<std::string> jwks_file;
  std::string jwks;  // what the loader read from jwks_file: a JWK Set (RFC 7517 section 5), not yet parsed
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "a unique name; also the kid that tokens may carry", .required = true});
    visit("algorithm", s.algorithm, {.help = "the only algorithm this key is good for"});
    visit("public_key", s.public_key, {.help = "PEM public key of RS, PS, ES, EdDSA", .text = TextKind::kPublicKey});
    visit("secret", s.secret, {.help = "shared secret of HS256, HS384, HS512"});
    visit("secret_is_base64", s.secret_is_base64, {.help = "the secret is base64"});
    visit("jwks_file", s.jwks_file, {.help = "a JWK Set; relative to the policy file", .text = TextKind::kFilePath});
  }

  void check(Complaints& complaints) const {
    const int sources = public_key.has_value() + !secret.empty() + jwks_file.has_value();
    if (sources != 1) complaints.entity("exactly one of 'public_key', 'secret', 'jwks_file' must be given");
    if (jwks_file && algorithm) complaints.field("algorithm", "the keys of a JWK Set name their own algorithm");
    if (!jwks_file && !algorithm) complaints.field("algorithm", "required field missing");
    if (public_key && algorithm && is_hmac(*algorithm)) {
      complaints.field("algorithm", "a public key cannot verify " + std::string(to_text(*algorithm)));
    }
    if (!secret.empty() && algorithm && !is_hmac(*algorithm)) {
      complaints.field("algorithm", "a shared secret cannot verify " + std::string(to_text(*algorithm)));
    }
  }
};

// The checks that a token must pass. Failure is 401, as is absence where `required`.
struct Verify {
  bool required = true;
  std::string header = "authorization";                                       // after "Bearer "
  std::vector<std::string> keys;                                              // ids of EdgeKey; empty: any
  std::vector<std::string> issuers;                                           // any; empty: not checked
  std::vector<std::string> audiences;                                         // any; empty: not checked
  std::vector<TimeClaim> claims_to_verify{TimeClaim::kExp, TimeClaim::kNbf};  // checked where present
  std::vector<std::string> required_claims;
  Duration leeway;
  std::optional<std::string> realm;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("required", s.required, {.help = "refuse a request without a token"});
    visit("header", s.header, {.help = "the header that holds it, after Bearer", .text = TextKind::kHeaderName});
    visit("keys", s.keys, {.help = "ids of the keys that may have signed it; empty: any"});
    visit("issuers", s.issuers, {.help = "accepted iss; empty: any"});
    visit("audiences", s.audiences, {.help = "accepted aud; empty: any"});
    visit("claims_to_verify", s.claims_to_verify, {.help = "registered claims to check where they are there"});
    visit("required_claims", s.required_claims, {.help = "claims that must be there"});
    visit("leeway", s.leeway, {.help = "tolerance for exp and nbf", .unit = Unit::kDuration, .least = 0});
    visit("realm", s.realm, {.help = "realm of WWW-Authenticate", .text = TextKind::kHeaderValue});
  }
};

}  // namespace sluice::policy
