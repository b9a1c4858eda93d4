// oauth2-introspection: an authorization server is asked about each token (RFC 7662). Fields and defaults of Kong
// Enterprise's plugin of this name.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"
#include "sluice/policy/secret.h"
#include "sluice/units.h"

namespace sluice::policy {

// What of an answer names the consumer: his username, or as client_id his custom_id.
enum class ConsumerBy : uint8_t { kUsername, kClientId };
constexpr std::array<std::string_view, 2> names_of(ConsumerBy) {
  return {"username", "client_id"};
}

struct Oauth2IntrospectionConfig {
  static constexpr PluginInfo kPlugin{.name = "oauth2-introspection", .priority = 1700};

  std::string introspection_url;
  Duration ttl = Duration::seconds(30);
  std::optional<std::string> token_type_hint;
  Secret authorization_value;
  Duration timeout = Duration::seconds(10);
  Duration keepalive = Duration::seconds(60);
  bool introspect_request = false;
  bool hide_credentials = false;
  bool run_on_preflight = true;
  std::string anonymous;  // a consumer's id or username; empty: none
  ConsumerBy consumer_by = ConsumerBy::kUsername;
  std::vector<NamedSecret> custom_introspection_headers;
  std::vector<std::string> custom_claims_forward;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    constexpr int64_t kMostMs = 2147483646;
    visit("introspection_url", s.introspection_url,
          {.help = "the server's introspection endpoint: http:// or https://", .required = true});
    visit("ttl", s.ttl,
          {.help = "how long an answer is remembered, s; 0: for ever", .unit = Unit::kSeconds, .least = 0});
    visit("token_type_hint", s.token_type_hint, {.help = "token_type_hint of the question"});
    visit("authorization_value", s.authorization_value,
          {.help = "Authorization of the question", .text = TextKind::kHeaderValue, .required = true});
    visit("timeout", s.timeout,
          {.help = "limit of a question, ms", .unit = Unit::kMilliseconds, .least = 1, .most = kMostMs});
    visit("keepalive", s.keepalive,
          {.help = "how long a connection rests, ms", .unit = Unit::kMilliseconds, .least = 0, .most = kMostMs});
    visit("introspect_request", s.introspect_request,
          {.help = "also send X-Request-Path and X-Request-Http-Method", .not_null = true});
    visit("hide_credentials", s.hide_credentials, {.help = "do not pass the token to the origin"});
    visit("run_on_preflight", s.run_on_preflight, {.help = "also check OPTIONS requests"});
    visit("anonymous", s.anonymous, {.help = "consumer of requests without a valid token", .may_be_empty = true});
    visit("consumer_by", s.consumer_by, {.help = "what of the answer names the consumer", .not_null = true});
    visit("custom_introspection_headers", s.custom_introspection_headers,
          {.help = "further headers of the question",
           .text = TextKind::kHeaderName,
           .value = TextKind::kHeaderValue,
           .not_null = true});
    visit("custom_claims_forward", s.custom_claims_forward,
          {.help = "further claims for the origin, as X-Credential-<claim>",
           .text = TextKind::kToken,
           .not_null = true,
           .set = true});
  }

  void check(Complaints& complaints) const {
    for (const std::string_view scheme : {"http://", "https://"}) {
      const std::string_view url = introspection_url;
      const bool plain = url.find_first_of(" \t\r\n") == std::string_view::npos;
      const bool has_host = url.size() > scheme.size() && url[scheme.size()] != '/';
      if (url.starts_with(scheme) && plain && has_host) return;
    }
    complaints.field("introspection_url", "expected a URL that begins with http:// or https:// and a host");
  }
};

}  // namespace sluice::policy
