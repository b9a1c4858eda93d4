// jwt: a signed token names the consumer. Kong 3.9.1's fields and defaults.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"
#include "sluice/units.h"

namespace sluice::policy {

enum class TimeClaim : uint8_t { kExp, kNbf };
constexpr std::array<std::string_view, 2> names_of(TimeClaim) {
  return {"exp", "nbf"};
}

struct JwtConfig {
  static constexpr PluginInfo kPlugin{.name = "jwt", .priority = 1450};

  std::vector<std::string> uri_param_names{"jwt"};
  std::vector<std::string> cookie_names;
  std::vector<std::string> header_names{"authorization"};
  std::string key_claim_name = "iss";
  bool secret_is_base64 = false;
  std::vector<TimeClaim> claims_to_verify;
  std::optional<std::string>
      anonymous;  // a consumer's id or username; may name none: then a request gets 500, as in Kong
  bool run_on_preflight = true;
  Duration maximum_expiration;  // 0: any
  std::optional<std::string> realm;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("uri_param_names", s.uri_param_names, {.help = "query arguments that may hold the token", .set = true});
    visit("cookie_names", s.cookie_names, {.help = "cookies that may hold the token", .set = true});
    visit("header_names", s.header_names, {.help = "headers that may hold the token, after Bearer", .set = true});
    visit("key_claim_name", s.key_claim_name, {.help = "the claim, or header field, that names the credential"});
    visit("secret_is_base64", s.secret_is_base64, {.help = "shared secrets are base64url", .not_null = true});
    visit("claims_to_verify", s.claims_to_verify,
          {.help = "registered claims to check", .set = true, .empty_is_null = true});
    visit("anonymous", s.anonymous, {.help = "consumer of requests that carry no valid token"});
    visit("run_on_preflight", s.run_on_preflight, {.help = "also check OPTIONS requests", .not_null = true});
    visit("maximum_expiration", s.maximum_expiration,
          {.help = "longest lifetime of a token in seconds, at most 31536000; 0: any",
           .unit = Unit::kSeconds,
           .least = 0,
           .most = 31536000});
    visit("realm", s.realm, {.help = "realm of WWW-Authenticate", .text = TextKind::kHeaderValue});
  }

  void check(Complaints& complaints) const {
    const bool checks_exp =
        std::find(claims_to_verify.begin(), claims_to_verify.end(), TimeClaim::kExp) != claims_to_verify.end();
    // A list that was not given does not conflict: Kong accepts that.
    const bool given = complaints.given("claims_to_verify") != Complaints::Given::kNot;
    if (maximum_expiration > Duration() && given && !checks_exp) {
      complaints.field("claims_to_verify", "expected to contain: exp");
      complaints.entity("failed conditional validation given value of field 'config.maximum_expiration'");
    }
  }
};

}  // namespace sluice::policy
