// cors: cross-origin resource sharing. Kong 3.9.1's fields and defaults.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

enum class CorsMethod : uint8_t { kGet, kHead, kPut, kPatch, kPost, kDelete, kOptions, kTrace, kConnect };
constexpr std::array<std::string_view, 9> names_of(CorsMethod) {
  return {"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"};
}

struct CorsConfig {
  static constexpr PluginInfo kPlugin{.name = "cors", .priority = 2000};

  std::vector<std::string> origins;  // "*", literal origins, or regexes; empty: "*"
  std::vector<std::string> headers;
  std::vector<std::string> exposed_headers;
  std::vector<CorsMethod> methods{CorsMethod::kGet,     CorsMethod::kHead,  CorsMethod::kPut,
                                  CorsMethod::kPatch,   CorsMethod::kPost,  CorsMethod::kDelete,
                                  CorsMethod::kOptions, CorsMethod::kTrace, CorsMethod::kConnect};
  std::optional<double> max_age_s;  // any number, as Kong sends it on
  bool credentials = false;
  bool private_network = false;
  bool preflight_continue = false;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("origins", s.origins,
          {.help = "allowed origins, literal or regex", .text = TextKind::kCorsOrigin, .empty_is_null = true});
    visit("headers", s.headers, {.help = "Access-Control-Allow-Headers", .empty_is_null = true});
    visit("exposed_headers", s.exposed_headers, {.help = "Access-Control-Expose-Headers", .empty_is_null = true});
    visit("methods", s.methods, {.help = "Access-Control-Allow-Methods"});
    visit("max_age", s.max_age_s, {.help = "Access-Control-Max-Age, seconds"});
    visit("credentials", s.credentials, {.help = "Access-Control-Allow-Credentials", .not_null = true});
    visit("private_network", s.private_network, {.help = "Access-Control-Allow-Private-Network", .not_null = true});
    visit("preflight_continue", s.preflight_continue,
          {.help = "pass preflight requests to the origin", .not_null = true});
  }
};

}  // namespace sluice::policy
