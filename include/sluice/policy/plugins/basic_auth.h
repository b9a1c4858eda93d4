// basic-auth: a user name and a password name the consumer (RFC 7617). Kong 3.9.1's fields and defaults.
#pragma once

#include <optional>
#include <string>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

struct BasicAuthConfig {
  static constexpr PluginInfo kPlugin{.name = "basic-auth", .priority = 1100};

  std::optional<std::string> anonymous;  // a consumer's id or username
  bool hide_credentials = false;
  std::string realm = "service";

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("anonymous", s.anonymous, {.help = "consumer of requests without a valid password"});
    visit("hide_credentials", s.hide_credentials,
          {.help = "do not pass the credentials to the origin", .not_null = true});
    visit("realm", s.realm, {.help = "realm of WWW-Authenticate", .text = TextKind::kHeaderValue, .not_null = true});
  }
};

}  // namespace sluice::policy
