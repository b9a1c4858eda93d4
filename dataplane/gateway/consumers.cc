#include "gateway/consumers.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "token/base64url.h"

namespace sluice::gateway {
namespace {

using token::Key;

// Kong sets no least length for RSA keys and takes any salt, and so do credentials that were made for it.
constexpr unsigned kAnyRsaBits = 0;

std::optional<Key> take(Key::Made made) {
  if (!made) return std::nullopt;
  return std::move(made).value();
}

std::optional<Key> make_key(const policy::JwtSecret& secret) {
  if (policy::is_hmac(secret.algorithm)) return take(Key::from_secret(secret.secret.reveal(), secret.algorithm));
  if (!secret.rsa_public_key) return std::nullopt;
  return take(Key::from_pem(*secret.rsa_public_key, secret.algorithm, kAnyRsaBits, token::PssSalt::kAny));
}

std::optional<Key> make_key_of_base64(const policy::JwtSecret& secret) {
  if (!policy::is_hmac(secret.algorithm)) return std::nullopt;
  const std::string_view text = secret.secret.reveal();
  std::vector<std::byte> bytes(token::base64_room(text.size()));
  const auto length = token::decode_base64(text, token::Base64::kLaxUrl, bytes);
  if (!length) return std::nullopt;
  return take(Key::from_secret({reinterpret_cast<const char*>(bytes.data()), *length}, secret.algorithm));
}

// As Kong stores passwords. OpenSSL keeps SHA-1 for such uses.
using PasswordHash = std::array<char, 40>;
PasswordHash hash_password(std::string_view password, std::string_view consumer_id) {
  std::array<unsigned char, 20> digest{};
  EVP_MD_CTX* const sha1 = EVP_MD_CTX_new();
  EVP_DigestInit_ex(sha1, EVP_sha1(), nullptr);
  EVP_DigestUpdate(sha1, password.data(), password.size());
  EVP_DigestUpdate(sha1, consumer_id.data(), consumer_id.size());
  EVP_DigestFinal_ex(sha1, digest.data(), nullptr);
  EVP_MD_CTX_free(sha1);
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  PasswordHash text{};
  for (size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = kHexDigits[digest[i] >> 4];
    text[2 * i + 1] = kHexDigits[digest[i] & 15];
  }
  return text;
}

// A policy that says `_transform: false` brings the hashes themselves.
policy::Secret stored_hash(const policy::Policy& policy, const policy::BasicauthCredential& credential,
                           const Consumer& consumer) {
  if (!policy.transform) return credential.password;
  const PasswordHash hash = hash_password(credential.password.reveal(), consumer.id);
  return policy::Secret({hash.data(), hash.size()});
}

std::vector<std::string_view> groups_of(const policy::Consumer& from) {
  std::vector<const policy::AclGroup*> acls;
  for (const policy::AclGroup& acl : from.acls) acls.push_back(&acl);
  std::ranges::sort(acls, {}, [](const policy::AclGroup* acl) { return acl->id; });
  std::vector<std::string_view> groups;
  for (const policy::AclGroup* acl : acls) groups.push_back(acl->group);
  return groups;
}

Consumer describe(const policy::Consumer& from, uint32_t index) {
  Consumer consumer;
  consumer.policy = &from;
  consumer.index = index;
  consumer.id = from.id.to_string();
  if (from.username) consumer.username = *from.username;
  if (from.custom_id) consumer.custom_id = *from.custom_id;
  consumer.groups = groups_of(from);
  return consumer;
}

}  // namespace

Consumers::Consumers(const policy::Policy& policy, SipKey hash_key)
    : policy_(policy),
      usernames_(hash_key),
      custom_ids_(hash_key),
      keys_(hash_key),
      jwts_(hash_key),
      basics_(hash_key),
      hmacs_(hash_key) {
  consumers_.reserve(policy.consumers.size());
  for (const policy::Consumer& from : policy.consumers) {
    consumers_.push_back(describe(from, static_cast<uint32_t>(consumers_.size())));
  }
  for (const Consumer& consumer : consumers_) {
    add_names(consumer);
    add_credentials(consumer);
  }
}

void Consumers::add_names(const Consumer& consumer) {
  if (!consumer.username.empty()) usernames_.add(consumer.username, &consumer);
  if (!consumer.custom_id.empty()) custom_ids_.add(consumer.custom_id, &consumer);
}

void Consumers::add_credentials(const Consumer& consumer) {
  for (const policy::KeyauthCredential& credential : consumer.policy->keyauth_credentials) {
    keys_.add(credential.key.reveal(), {&credential, &consumer, credential.id.to_string()});
  }
  for (const policy::JwtSecret& credential : consumer.policy->jwt_secrets) {
    jwts_.add(credential.key, {&credential, &consumer, credential.id.to_string(), make_key(credential),
                               make_key_of_base64(credential)});
  }
  for (const policy::BasicauthCredential& credential : consumer.policy->basicauth_credentials) {
    basics_.add(credential.username,
                {&credential, &consumer, credential.id.to_string(), stored_hash(policy_, credential, consumer)});
  }
  for (const policy::HmacauthCredential& credential : consumer.policy->hmacauth_credentials) {
    hmacs_.add(credential.username, {&credential, &consumer, credential.id.to_string()});
  }
}

const KeyCredential* Consumers::find_key(std::string_view key, WallTime now) const {
  const KeyCredential* const found = keys_.find(key);
  return found == nullptr || found->policy->has_ended(now.seconds()) ? nullptr : found;
}

const BasicCredential* Consumers::find_basic(std::string_view username, std::string_view password) const {
  const BasicCredential* const found = basics_.find(username);
  const PasswordHash hash = hash_password(password, found == nullptr ? std::string_view() : found->consumer->id);
  return found != nullptr && found->hash.equals({hash.data(), hash.size()}) ? found : nullptr;
}

const Consumer* Consumers::find(std::string_view id_or_username) const {
  const policy::Consumer* found = policy_.find_consumer(id_or_username);
  return found == nullptr ? nullptr : &consumers_[static_cast<size_t>(found - policy_.consumers.data())];
}

}  // namespace sluice::gateway
