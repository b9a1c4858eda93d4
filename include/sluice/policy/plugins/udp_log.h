// udp-log: a datagram of JSON a request. Kong 3.9.1's fields and defaults.
#pragma once

#include <string>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/log_fields.h"
#include "sluice/policy/plugins/plugin_info.h"
#include "sluice/units.h"

namespace sluice::policy {

struct UdpLogConfig {
  static constexpr PluginInfo kPlugin{.name = "udp-log", .priority = 8, .protocols = kAllProtocols};

  std::string host;
  Port port{};
  Duration timeout = Duration::seconds(10);
  CustomFields custom_fields;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("host", s.host, {.help = "the server", .text = TextKind::kHost, .required = true});
    visit("port", s.port, {.help = "its port", .required = true, .least = 0, .most = 65535});
    visit("timeout", s.timeout, {.help = "accepted for compatibility, ms", .unit = Unit::kMilliseconds});
    visit("custom_fields_by_lua", s.custom_fields, kCustomFields);
  }

  void check(Complaints& complaints) const { check_custom_fields(custom_fields, complaints); }
};

}  // namespace sluice::policy
