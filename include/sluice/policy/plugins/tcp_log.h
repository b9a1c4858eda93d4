// tcp-log: a line of JSON a request, sent to a TCP server. Kong 3.9.1's fields and defaults.
#pragma once

#include <optional>
#include <string>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/log_fields.h"
#include "sluice/policy/plugins/plugin_info.h"
#include "sluice/units.h"

namespace sluice::policy {

struct TcpLogConfig {
  static constexpr PluginInfo kPlugin{.name = "tcp-log", .priority = 7, .protocols = kAllProtocols};

  std::string host;
  Port port{};
  Duration timeout = Duration::seconds(10);
  Duration keepalive = Duration::seconds(60);
  bool tls = false;
  std::optional<std::string> tls_sni;
  CustomFields custom_fields;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("host", s.host, {.help = "the server", .text = TextKind::kHost, .required = true});
    visit("port", s.port, {.help = "its port", .required = true, .least = 0, .most = 65535});
    visit("timeout", s.timeout, {.help = "limit of connecting and of sending, ms", .unit = Unit::kMilliseconds});
    visit("keepalive", s.keepalive,
          {.help = "how long an unused connection stays open, ms", .unit = Unit::kMilliseconds});
    visit("tls", s.tls, {.help = "speak TLS", .not_null = true});
    visit("tls_sni", s.tls_sni, {.help = "the server name of TLS", .text = TextKind::kHost});
    visit("custom_fields_by_lua", s.custom_fields, kCustomFields);
  }

  void check(Complaints& complaints) const { check_custom_fields(custom_fields, complaints); }
};

}  // namespace sluice::policy
