// Kind<T>: what the file calls each kind of entity, and what makes an entity of it the one that it is.
//
// Kinds that belong to a parent (credentials, groups, targets, SNIs) also say where they live in it.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "config/uniqueness.h"
#include "sluice/policy/policy.h"

namespace sluice::config {

template <typename T>
struct Kind;

template <>
struct Kind<policy::Service> {
  static constexpr std::string_view kPlural = "services";
};
template <>
struct Kind<policy::Route> {
  static constexpr std::string_view kPlural = "routes";
};
template <>
struct Kind<policy::Upstream> {
  static constexpr std::string_view kPlural = "upstreams";
};
template <>
struct Kind<policy::Consumer> {
  static constexpr std::string_view kPlural = "consumers";
};
template <>
struct Kind<policy::ConsumerGroup> {
  static constexpr std::string_view kPlural = "consumer_groups";
};
template <>
struct Kind<policy::Certificate> {
  static constexpr std::string_view kPlural = "certificates";
};
template <>
struct Kind<policy::CaCertificate> {
  static constexpr std::string_view kPlural = "ca_certificates";
};
template <>
struct Kind<policy::Vault> {
  static constexpr std::string_view kPlural = "vaults";
};

// Of a child: `id_key` is Kong's key for its id, if Kong has a stable one; `parent` is how the file names the parent
// there: by its id where the child is nested, else as written.
template <>
struct Kind<policy::KeyauthCredential> {
  static constexpr std::string_view kPlural = "keyauth_credentials";
  static constexpr std::string_view kType = "keyauth_credential";
  static constexpr std::string_view kParent = "consumer";
  static constexpr auto kChildren = &policy::Consumer::keyauth_credentials;
  static std::optional<std::string> id_key(const policy::KeyauthCredential&, std::string_view) { return std::nullopt; }
  static bool claim(Uniqueness& unique, policy::Mark mark, const policy::KeyauthCredential& c) {
    return unique.claim(mark, kPlural, "key", c.key.reveal(), true);
  }
};
template <>
struct Kind<policy::BasicauthCredential> {
  static constexpr std::string_view kPlural = "basicauth_credentials";
  static constexpr std::string_view kType = "basicauth_credential";
  static constexpr std::string_view kParent = "consumer";
  static constexpr auto kChildren = &policy::Consumer::basicauth_credentials;
  static std::optional<std::string> id_key(const policy::BasicauthCredential& c, std::string_view) {
    return "basicauth_credentials:*:" + c.username;
  }
  static bool claim(Uniqueness& unique, policy::Mark mark, const policy::BasicauthCredential& c) {
    return unique.claim(mark, kPlural, "username", c.username);
  }
};
template <>
struct Kind<policy::HmacauthCredential> {
  static constexpr std::string_view kPlural = "hmacauth_credentials";
  static constexpr std::string_view kType = "hmacauth_credential";
  static constexpr std::string_view kParent = "consumer";
  static constexpr auto kChildren = &policy::Consumer::hmacauth_credentials;
  static std::optional<std::string> id_key(const policy::HmacauthCredential& c, std::string_view) {
    return "hmacauth_credentials:*:" + c.username;
  }
  static bool claim(Uniqueness& unique, policy::Mark mark, const policy::HmacauthCredential& c) {
    return unique.claim(mark, kPlural, "username", c.username);
  }
};
template <>
struct Kind<policy::JwtSecret> {
  static constexpr std::string_view kPlural = "jwt_secrets";
  static constexpr std::string_view kType = "jwt_secret";
  static constexpr std::string_view kParent = "consumer";
  static constexpr auto kChildren = &policy::Consumer::jwt_secrets;
  static std::optional<std::string> id_key(const policy::JwtSecret&, std::string_view) { return std::nullopt; }
  static bool claim(Uniqueness& unique, policy::Mark mark, const policy::JwtSecret& c) {
    return unique.claim(mark, kPlural, "key", c.key);
  }
};
template <>
struct Kind<policy::AclGroup> {
  static constexpr std::string_view kPlural = "acls";
  static constexpr std::string_view kType = "acl";
  static constexpr std::string_view kParent = "consumer";
  static constexpr auto kChildren = &policy::Consumer::acls;
  static std::optional<std::string> id_key(const policy::AclGroup& g, std::string_view parent) {
    return fmt::format("acls:*:{}:{}", parent, g.group);
  }
  static bool claim(Uniqueness&, policy::Mark, const policy::AclGroup&) { return true; }
};
template <>
struct Kind<policy::Target> {
  static constexpr std::string_view kPlural = "targets";
  static constexpr std::string_view kType = "target";
  static constexpr std::string_view kParent = "upstream";
  static constexpr auto kChildren = &policy::Upstream::targets;
  static std::optional<std::string> id_key(const policy::Target& t, std::string_view parent) {
    return fmt::format("targets:*:{}:{}", parent, t.target.text());
  }
  static bool claim(Uniqueness&, policy::Mark, const policy::Target&) { return true; }
};
template <>
struct Kind<policy::Sni> {
  static constexpr std::string_view kPlural = "snis";
  static constexpr std::string_view kType = "sni";
  static constexpr std::string_view kParent = "certificate";
  static constexpr auto kChildren = &policy::Certificate::snis;
  static std::optional<std::string> id_key(const policy::Sni& s, std::string_view) { return s.name; }
  static bool claim(Uniqueness& unique, policy::Mark mark, const policy::Sni& s) {
    return unique.claim(mark, kPlural, "name", s.name);
  }
};

}  // namespace sluice::config
