// Service: an origin by host, or an upstream by name, with its timeouts. Kong's entity and defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/protocol.h"
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
  bool enabled = true;  // false: its routes do not match
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of the name where not given"});
    visit("name", s.name, {.help = "a unique name", .text = TextKind::kName});
    visit("protocol", s.protocol, {.help = "how to speak to the origin"});
    visit("host", s.host,
          {.help = "a host, an address, or an upstream's name", .text = TextKind::kHost, .required = true});
    visit("port", s.port, {.help = "the origin's port", .least = 0, .most = 65535});
    visit("path", s.path, {.help = "prefix of the path at the origin", .text = TextKind::kPath});
    visit("retries", s.retries, {.help = "further tries after the first failed", .least = 0, .most = 32767});
    visit("connect_timeout", s.connect_timeout, timeout("limit for the connection to the origin, ms"));
    visit("write_timeout", s.write_timeout, timeout("limit between two writes to the origin, ms"));
    visit("read_timeout", s.read_timeout, timeout("limit between two reads from the origin, ms"));
    visit("client_certificate", kUnsupported, {.help = "certificate towards the origin"});
    visit("ca_certificates", kUnsupported, {.help = "whom to believe about the origin"});
    visit("tls_verify", kUnsupported, {.help = "verify the origin's certificate"});
    visit("tls_verify_depth", kUnsupported, {.help = "longest chain of certificates"});
    visit("enabled", s.enabled, {.help = "false: its routes never match"});
    visit("tags", s.tags, {.help = "labels", .text = TextKind::kTag, .empty_is_null = true});
  }

  void check(Complaints& complaints) const {
    const bool takes_path = protocol == Protocol::kHttp || protocol == Protocol::kHttps;
    if (path && !takes_path && protocol != Protocol::kTlsPassthrough) {
      complaints.field("path", "value must be null");
      complaints.entity("failed conditional validation given value of field 'protocol'");
    }
  }

 private:
  static constexpr FieldInfo timeout(std::string_view help) {
    return {.help = help, .unit = Unit::kMilliseconds, .least = 1, .most = 2147483646};
  }
};

}  // namespace sluice::policy
