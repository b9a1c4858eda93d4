// Consumers: who may call, and the credentials that say who it is, ready for lookup.
//
// Compiled from the policy, part of the snapshot, immutable, read by all workers. A lookup by a credential that came
// from the network hashes with a secret key (nobody can steer collisions) and compares the one candidate in constant
// time. Pointers to a Consumer or a credential live as long as the snapshot.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/siphash.h"
#include "gateway/credential_table.h"
#include "sluice/policy/policy.h"
#include "sluice/units.h"
#include "token/key.h"

namespace sluice::gateway {

struct Consumer {
  const policy::Consumer* policy = nullptr;
  uint32_t index = 0;                    // its place in the policy: 0, 1, 2, …
  std::string id;                        // UUID in lower-case text
  std::string_view username;             // empty: none
  std::string_view custom_id;            // empty: none
  std::vector<std::string_view> groups;  // of its acls, by their ids as in Kong
};

struct KeyCredential {
  const policy::KeyauthCredential* policy = nullptr;
  const Consumer* consumer = nullptr;
  std::string id;  // UUID in lower-case text
};

// What a token's `iss` (or the claim that key_claim_name names) leads to.
struct JwtCredential {
  const policy::JwtSecret* policy = nullptr;  // key (the issuer), algorithm
  const Consumer* consumer = nullptr;
  std::string id;
  // Of the secret's bytes, or of the PEM public key. Nothing where the PEM is no key of the algorithm: Kong takes such
  // a policy and refuses the credential's tokens with "Invalid key/secret".
  std::optional<token::Key> key;
  // HS* only: of the bytes that the secret stands for when it is base64url (the plugin's secret_is_base64). Nothing
  // where it is not.
  std::optional<token::Key> key_of_base64;
};

// A user of basic-auth. Kept is what Kong keeps: SHA-1 over the password and the consumer's id.
struct BasicCredential {
  const policy::BasicauthCredential* policy = nullptr;  // username
  const Consumer* consumer = nullptr;
  std::string id;
  policy::Secret hash;  // 40 lower-case hex digits
};

// A user of hmac-auth, and the secret that signs.
struct HmacCredential {
  const policy::HmacauthCredential* policy = nullptr;  // username, secret
  const Consumer* consumer = nullptr;
  std::string id;
};

class Consumers {
 public:
  // REQUIRES: `policy` outlives the consumers. `hash_key`: random, secret.
  Consumers(const policy::Policy& policy, SipKey hash_key);
  Consumers(const Consumers&) = delete;
  Consumers& operator=(const Consumers&) = delete;

  std::span<const Consumer> all() const { return consumers_; }
  // By id or by username, as a plugin's `anonymous` names it; nullptr: there is none. For use at compile time: linear.
  const Consumer* find(std::string_view id_or_username) const;

  // nullptr: nobody has this name, or this custom_id.
  const Consumer* find_username(std::string_view username) const { return one_of(usernames_.find(username)); }
  const Consumer* find_custom_id(std::string_view custom_id) const { return one_of(custom_ids_.find(custom_id)); }
  // nullptr: nobody has this API key, or it has ended.
  const KeyCredential* find_key(std::string_view key, WallTime now) const;
  // nullptr: no credential has this key (issuer).
  const JwtCredential* find_jwt(std::string_view key) const { return jwts_.find(key); }

  // Somebody has this user name, whatever the password.
  bool knows_basic(std::string_view username) const { return basics_.find(username) != nullptr; }
  // nullptr: nobody has this user name and password. Takes the same time for a user who is unknown.
  const BasicCredential* find_basic(std::string_view username, std::string_view password) const;
  // nullptr: nobody has this user name.
  const HmacCredential* find_hmac(std::string_view username) const { return hmacs_.find(username); }

 private:
  static const Consumer* one_of(const Consumer* const* found) { return found == nullptr ? nullptr : *found; }
  void add_names(const Consumer& consumer);
  void add_credentials(const Consumer& consumer);

  const policy::Policy& policy_;
  std::vector<Consumer> consumers_;
  CredentialTable<const Consumer*> usernames_;
  CredentialTable<const Consumer*> custom_ids_;
  CredentialTable<KeyCredential> keys_;
  CredentialTable<JwtCredential> jwts_;
  CredentialTable<BasicCredential> basics_;
  CredentialTable<HmacCredential> hmacs_;
};

}  // namespace sluice::gateway
