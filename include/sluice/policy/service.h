// Service: an origin by host, or an upstream by name, with its timeouts. Kong's entity and defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/certificate.h"
#include "sluice/policy/field.h"
#include "sluice/policy/protocol.h"
#include "sluice/policy/ref.h"
#include "sluice/policy/uuid.h"
#include "sluice/units.h"

namespace sluice::policy {

struct Service {
  Uuid id;
  std::optional<std::string> name;
  Protocol protocol = Protocol::kHttp;
  std::string host;  // a name, an address, or the name of an Upstream, which goes first
  Port port{80};
  std::optional<std::string> path;  // begins with '/'; joined with the request's by the route's path_handling
  uint16_t retries = 5;
  Duration connect_timeout = Duration::seconds(60);
  Duration write_timeout = Duration::seconds(60);
  Duration read_timeout = Duration::seconds(60);
  // Towards an origin that speaks TLS.
  std::optional<Ref<Certificate>> client_certificate;
  std::vector<Uuid> ca_certificates;  // of the CaCertificates that it is believed by
  std::optional<bool> tls_verify;     // not given: what the node says
  std::optional<uint8_t> tls_verify_depth;
  bool enabled = true;  // false: its routes do not match
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of the name where not given"});
    visit("name", s.name, {.help = "a unique name", .text = TextKind::kName});
    visit("protocol", s.protocol, {.help = "how to speak to the origin", .not_null = true});
    visit("host", s.host,
          {.help = "a host, an address, or an upstream's name", .text = TextKind::kHost, .required = true});
    visit("port", s.port, {.help = "the origin's port", .not_null = true, .least = 0, .most = 65535});
    visit("path", s.path, {.help = "prefix of the path at the origin", .text = TextKind::kPath});
    visit("retries", s.retries, {.help = "further tries after the first failed", .least = 0, .most = 32767});
    visit("connect_timeout", s.connect_timeout, timeout("limit for the connection to the origin, ms"));
    visit("write_timeout", s.write_timeout, timeout("limit between two writes to the origin, ms"));
    visit("read_timeout", s.read_timeout, timeout("limit between two reads from the origin, ms"));
    visit("client_certificate", s.client_certificate, {.help = "certificate towards the origin, by id"});
    visit("ca_certificates", s.ca_certificates,
          {.help = "ids of the authorities to believe about the origin", .empty_is_null = true});
    visit("tls_verify", s.tls_verify, {.help = "verify the origin's certificate"});
    visit("tls_verify_depth", s.tls_verify_depth, {.help = "longest chain of certificates", .least = 0, .most = 64});
    visit("enabled", s.enabled, {.help = "false: its routes never match", .not_null = true});
    visit("tags", s.tags, kTags);
  }

  void check(Complaints& complaints) const {
    const bool takes_path = protocol == Protocol::kHttp || protocol == Protocol::kHttps;
    const bool tls = protocol == Protocol::kHttps || protocol == Protocol::kTls;
    must_be_null(complaints, path && !takes_path && protocol != Protocol::kTlsPassthrough, "path");
    must_be_null(complaints, client_certificate && !tls, "client_certificate");
    must_be_null(complaints, tls_verify && !tls, "tls_verify");
    must_be_null(complaints, tls_verify_depth && !tls, "tls_verify_depth");
    must_be_null(complaints, !ca_certificates.empty() && !tls, "ca_certificates");
  }

 private:
  static void must_be_null(Complaints& complaints, bool wrong, std::string_view field) {
    if (!wrong) return;
    complaints.field(field, "value must be null");
    complaints.entity("failed conditional validation given value of field 'protocol'");
  }

  static constexpr FieldInfo timeout(std::string_view help) {
    return {.help = help, .unit = Unit::kMilliseconds, .least = 1, .most = 2147483646};
  }
};

}  // namespace sluice::policy
