// Consumer: who calls, with the credentials that prove it and the groups it belongs to. Kong's entities and defaults.
//
// Credentials and groups live inside their consumer whichever way the file said them (nested or at top level). Where a
// credential lacks what it is known by, Kong makes up a random one that nobody learns: the loader leaves it out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/consumer_group.h"
#include "sluice/policy/field.h"
#include "sluice/policy/jws.h"
#include "sluice/policy/ref.h"
#include "sluice/policy/secret.h"
#include "sluice/policy/uuid.h"

namespace sluice::policy {

struct KeyauthCredential {
  Uuid id;
  Secret key;                       // unique in the policy
  std::optional<double> ends_at_s;  // since 1970: from then on it is as if the key were not there
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; stable where not given"});
    visit("key", s.key, {.help = "the API key"});
    visit("ttl", s.ends_at_s,
          {.help = "when the key ends, in seconds since 1970, as Kong without a database has it",
           .empty_is_absent = true});
    visit("tags", s.tags, kTags);
  }

  bool usable() const { return !key.empty(); }
  bool has_ended(int64_t now_s) const { return ends_at_s && *ends_at_s <= static_cast<double>(now_s); }
};

struct BasicauthCredential {
  Uuid id;
  std::string username;  // unique in the policy
  Secret password;
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of the username where not given"});
    visit("username", s.username, {.help = "the user's name", .required = true});
    visit("password", s.password, {.help = "the password, in plain", .required = true});
    visit("tags", s.tags, kTags);
  }

  bool usable() const { return true; }
};

struct HmacauthCredential {
  Uuid id;
  std::string username;  // unique in the policy
  Secret secret;
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of the username where not given"});
    visit("username", s.username, {.help = "the user's name", .required = true});
    visit("secret", s.secret, {.help = "the signing secret"});
    visit("tags", s.tags, kTags);
  }

  bool usable() const { return !secret.empty(); }
};

struct JwtSecret {
  Uuid id;
  std::string key;  // what the token's `iss` (or key_claim_name) names; unique in the policy
  JwsAlgorithm algorithm = JwsAlgorithm::kHs256;
  Secret secret;                              // of HS*; may be base64, see the plugin's secret_is_base64
  std::optional<std::string> rsa_public_key;  // PEM, of every other algorithm
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; stable where not given"});
    visit("key", s.key, {.help = "what the token's iss claim names"});
    visit("algorithm", s.algorithm, {.help = "the only algorithm accepted for this key"});
    visit("secret", s.secret, {.help = "the shared secret of HS256, HS384, HS512"});
    visit("rsa_public_key", s.rsa_public_key, {.help = "the PEM public key of the others"});
    visit("tags", s.tags, kTags);
  }

  // Kong looks at the key of these only.
  bool key_is_checked() const { return !is_hmac(algorithm) && !is_ecdsa(algorithm); }

  void check(Complaints& complaints) const {
    if (!key_is_checked() || rsa_public_key) return;
    complaints.field("rsa_public_key", "required field missing");
    complaints.entity("failed conditional validation given value of field 'algorithm'");
  }

  bool usable() const { return !key.empty() && (is_hmac(algorithm) ? !secret.empty() : rsa_public_key.has_value()); }
};

struct AclGroup {
  Uuid id;
  std::string group;
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of consumer and group where not given"});
    visit("group", s.group, {.help = "the group's name", .required = true});
    visit("tags", s.tags, kTags);
  }

  bool usable() const { return true; }
};

struct Consumer {
  Uuid id;
  std::optional<std::string> username;   // unique
  std::optional<std::string> custom_id;  // unique
  std::vector<std::string> tags;
  std::vector<Ref<ConsumerGroup>> groups;  // in the order of the file
  std::vector<KeyauthCredential> keyauth_credentials;
  std::vector<BasicauthCredential> basicauth_credentials;
  std::vector<HmacauthCredential> hmacauth_credentials;
  std::vector<JwtSecret> jwt_secrets;
  std::vector<AclGroup> acls;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of the username where not given"});
    visit("username", s.username, {.help = "a unique name"});
    visit("custom_id", s.custom_id, {.help = "a unique id of your own"});
    visit("tags", s.tags, kTags);
    visit("groups", s.groups, {.help = "consumer groups that it is in, by name or id", .empty_is_absent = true});
  }

  void check(Complaints& complaints) const {
    if (!username && !custom_id) {
      complaints.entity("at least one of these fields must be non-empty: 'custom_id', 'username'");
    }
  }
};

}  // namespace sluice::policy
