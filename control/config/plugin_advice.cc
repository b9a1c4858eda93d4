#include "config/plugin_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "sluice/policy/plugins/catalogue.h"

namespace sluice::config {

namespace {

using policy::PluginConfig;

struct Advice {
  std::string_view plugin;
  std::string_view instead;
};

constexpr std::string_view kLua = "it is Lua, which Sluice does not run: use an edge rule";
constexpr std::string_view kOneProcess =
    "Sluice is no client of its services: ask them from your application, or keep these routes on Kong";
constexpr std::string_view kGrpc = "Sluice does not translate gRPC: keep these routes on Kong or let the origin do it";
constexpr std::string_view kLogs =
    "use one of http-log, tcp-log, udp-log, syslog or file-log and let a collector pass the records on";
constexpr std::string_view kModels = "Sluice does not speak with language models: keep these routes on Kong";

constexpr Advice kAdvice[] = {
    {"pre-function", kLua},
    {"post-function", kLua},
    {"acme", "there is no TLS yet: let the terminator in front get the certificates"},
    {"oauth2", "Sluice does not issue tokens: let an authorization server do so, and use jwt or oauth2-introspection"},
    {"ldap-auth", "put an identity provider before the directory and use jwt"},
    {"ldap-auth-advanced", "put an identity provider before the directory and use jwt"},
    {"session", "Sluice keeps no sessions: use jwt with `cookie_names`"},
    {"aws-lambda", kOneProcess},
    {"azure-functions", kOneProcess},
    {"grpc-gateway", kGrpc},
    {"grpc-web", kGrpc},
    {"zipkin", "use opentelemetry: Zipkin's collector takes OTLP"},
    {"statsd", "read the same figures from GET /metrics"},
    {"datadog", "read the same figures from GET /metrics: Datadog's agent scrapes them"},
    {"loggly", kLogs},
    {"standard-webhooks",
     "verify the webhook's signature in the origin, or with hmac-auth where you choose the scheme"},
    {"rate-limiting-advanced", "use rate-limiting: its windows are calendar ones, its limits exact"},
    {"request-transformer-advanced", "use request-transformer"},
    {"response-transformer-advanced", "use response-transformer"},
    {"proxy-cache-advanced", "use proxy-cache with strategy memory"},
    {"openid-connect", "use jwt with the provider's keys, or oauth2-introspection"},
    {"key-auth-enc", "use key-auth with keys out of a vault: {vault://env/…}"},
    {"mtls-auth", "the plugin mtls-auth is not there: use jwt or key-auth"},
    {"opa", "use acl, or an edge rule"},
    {"request-validator", "validate in the origin; request-size-limiting bounds bodies"},
    {"canary", "give the targets of one upstream their weights, or match a header in a route of its own"},
    {"exit-transformer", kLua},
    {"route-by-header", "give each header its own route: `headers` decides"},
    {"ai-proxy", kModels},
    {"ai-prompt-decorator", kModels},
    {"ai-prompt-guard", kModels},
    {"ai-prompt-template", kModels},
    {"ai-request-transformer", kModels},
    {"ai-response-transformer", kModels},
};

template <size_t... Index>
std::string known_names(std::index_sequence<Index...>) {
  constexpr std::array<std::string_view, sizeof...(Index)> kNames = {
      std::variant_alternative_t<Index, PluginConfig>::kPlugin.name...};
  return fmt::format("{}", fmt::join(kNames, ", "));
}

}  // namespace

std::string plugin_advice(std::string_view name) {
  const auto advised =
      std::find_if(std::begin(kAdvice), std::end(kAdvice), [&](const Advice& a) { return a.plugin == name; });
  if (advised != std::end(kAdvice)) return fmt::format("plugin '{}' is not supported; {}", name, advised->instead);
  const std::string known = known_names(std::make_index_sequence<std::variant_size_v<PluginConfig>>());
  return fmt::format("plugin '{}' is not supported; there are {}", name, known);
}

}  // namespace sluice::config
