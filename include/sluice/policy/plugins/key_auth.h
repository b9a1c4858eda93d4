// key-auth: an API key names the consumer. Kong 3.9.1's fields and defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

struct KeyAuthConfig {
  static constexpr PluginInfo kPlugin{.name = "key-auth", .priority = 1250};

  std::vector<std::string> key_names{"apikey"};
  bool hide_credentials = false;
  std::optional<std::string> anonymous;  // a consumer's id or username
  bool key_in_header = true;
  bool key_in_query = true;
  bool key_in_body = false;
  bool run_on_preflight = true;
  std::optional<std::string> realm;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("key_names", s.key_names,
          {.help = "headers, arguments or body fields that may hold the key",
           .text = TextKind::kHeaderName,
           .not_null = true});
    visit("hide_credentials", s.hide_credentials, {.help = "do not pass the key to the origin", .not_null = true});
    visit("anonymous", s.anonymous, {.help = "consumer of requests without a valid key"});
    visit("key_in_header", s.key_in_header, {.help = "look in headers", .not_null = true});
    visit("key_in_query", s.key_in_query, {.help = "look in the query", .not_null = true});
    visit("key_in_body", s.key_in_body, {.help = "look in form, multipart and JSON bodies", .not_null = true});
    visit("run_on_preflight", s.run_on_preflight, {.help = "also check OPTIONS requests", .not_null = true});
    visit("realm", s.realm, {.help = "realm of WWW-Authenticate", .text = TextKind::kHeaderValue});
  }
};

}  // namespace sluice::policy
