// Certificate, Sni, CaCertificate: who Sluice says it is, to whom, and whom it believes. Kong's entities and defaults.
//
// SNIs live inside their certificate whichever way the file said them (nested or at top level).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/secret.h"
#include "sluice/policy/uuid.h"

namespace sluice::policy {

struct Sni {
  Uuid id;
  std::string name;  // unique; one wildcard first or last
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of the name where not given"});
    visit("name", s.name, {.help = "a TLS server name", .text = TextKind::kSni, .required = true});
    visit("tags", s.tags, kTags);
  }
};

struct Certificate {
  Uuid id;
  Secret cert;  // PEM, the leaf first; no secret itself, but it may stand in a vault
  Secret key;   // PEM, of the leaf
  // A second pair of another type (RSA beside ECDSA); both or none.
  Secret cert_alt;
  Secret key_alt;
  std::vector<std::string> tags;
  std::vector<Sni> snis;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; stable where not given"});
    visit("cert", s.cert,
          {.help = "the PEM certificates, the own first", .text = TextKind::kCertificate, .required = true});
    visit("key", s.key, {.help = "the PEM private key", .text = TextKind::kPrivateKey, .required = true});
    visit("cert_alt", s.cert_alt,
          {.help = "a second certificate, of another type of key", .text = TextKind::kCertificate});
    visit("key_alt", s.key_alt, {.help = "its key", .text = TextKind::kPrivateKey});
    visit("tags", s.tags, kTags);
  }

  void check(Complaints& complaints) const {
    if (cert_alt.empty() != key_alt.empty()) {
      complaints.entity("all or none of these fields must be set: 'cert_alt', 'key_alt'");
    }
  }
};

struct CaCertificate {
  Uuid id;
  std::string cert;                        // PEM, exactly one
  std::optional<std::string> cert_digest;  // SHA-256 of the certificate in hexadecimal; unique; derived
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; stable where not given"});
    visit("cert", s.cert,
          {.help = "one PEM certificate of an authority", .text = TextKind::kCertificate, .required = true});
    visit("cert_digest", s.cert_digest, {.help = "its SHA-256; derived"});
    visit("tags", s.tags, kTags);
  }
};

}  // namespace sluice::policy
