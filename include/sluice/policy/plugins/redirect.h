// redirect: sends the client elsewhere. Kong 3.9.1's fields and defaults.
#pragma once

#include <cstdint>
#include <string>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

struct RedirectConfig {
  static constexpr PluginInfo kPlugin{.name = "redirect", .priority = 779};

  uint16_t status_code = 301;
  std::string location;
  bool keep_incoming_path = false;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("status_code", s.status_code, {.help = "status of the answer", .least = 100, .most = 599});
    visit("location", s.location, {.help = "an absolute URL", .text = TextKind::kHeaderValue, .required = true});
    visit("keep_incoming_path", s.keep_incoming_path,
          {.help = "put the request's path and query in place of the location's own"});
  }

  void check(Complaints& complaints) const {
    if (location.empty()) return;  // said already
    const size_t scheme = location.find("://");
    const bool has_host = scheme != 0 && scheme != std::string::npos && scheme + 3 < location.size() &&
                          location.find_first_of("/?#", scheme + 3) != scheme + 3;
    if (!has_host) complaints.field("location", "missing host in url");
  }
};

}  // namespace sluice::policy
