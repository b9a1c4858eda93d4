// What policies of real installations look like: features seen in public repositories, in policies of our own.
#include "config_support.h"

#include <algorithm>

namespace sluice::config {
namespace {

// Mistakes other than a plugin that this build does not have.
std::vector<std::string> other_mistakes(const std::string& text) {
  std::vector<std::string> said = mistakes(text);
  std::erase_if(said, [](const std::string& line) { return line.find("not enabled;") != std::string::npos; });
  return said;
}

TEST(Installations, BackendPlatform_ThatCommentsItsServices) {
  const std::string text = R"(
_format_version: '2.1'
_transform: true
consumers:
- username: PANEL
- username: public
  keyauth_credentials:
  - key: key-of-the-public
  - key: second-key-of-the-public
- username: internal
  keyauth_credentials: [{key: key-of-the-service}]
acls:
- {consumer: public, group: public}
- {consumer: internal, group: admin}
basicauth_credentials:
- {consumer: PANEL, username: panel, password: open-sesame}
services:
- name: login-open
  _comment: 'Login: /login/verify* -> http://login:9999/verify*'
  url: http://login:9999/verify
  routes: [{name: login-open, strip_path: true, paths: [/login/verify]}]
  plugins: [{name: cors}]
- name: live
  _comment: 'Live: /live/* -> ws://live:4000/socket/*'
  url: http://live:4000/socket
  protocol: ws
  routes: [{name: live, strip_path: true, paths: [/live/]}]
  plugins:
  - name: cors
  - {name: key-auth, config: {hide_credentials: false}}
  - {name: request-transformer, config: {add: {headers: ['Content-Profile: public']}}}
  - {name: acl, config: {hide_groups_header: true, allow: [admin, public]}}
- name: tenants
  url: http://live:4000/tenants
  routes: [{name: tenants, strip_path: true, paths: [/live/tenants]}]
  plugins: [{name: request-termination, config: {status_code: 403, message: Access is forbidden.}}]
- name: panel
  url: http://panel:3000/
  routes: [{name: panel, strip_path: true, paths: [/]}]
  plugins: [{name: cors}]
)";
  EXPECT_EQ(mistakes(text), std::vector<std::string>());
  const policy::Policy policy = policy_of(text);
  EXPECT_EQ(policy.services.at(1).protocol, policy::Protocol::kHttp);
  EXPECT_EQ(policy.consumers.at(1).acls.size(), 1u);
  EXPECT_EQ(policy.consumers[1].keyauth_credentials.size(), 2u);
  EXPECT_EQ(policy.consumers[0].basicauth_credentials.size(), 1u);
}

TEST(Installations, ProbedBackendAndLimitsOfSeveralMachines_InFlatFields) {
  const policy::Policy policy = policy_of(R"(
_format_version: "3.0"
_transform: true
upstreams:
  - name: backend
    targets: [{target: "backend:8000", weight: 100}]
    healthchecks: {active: {http_path: /alive/, headers: {Host: ["127.0.0.1"], X-Probe: [a, b]}}}
services:
  - {name: products, host: backend, port: 8000, protocol: http, routes: [{name: products, paths: [/p], strip_path: false}]}
  - name: figures
    host: localhost
    routes: [{name: figures, paths: [/figures], preserve_host: true}]
    plugins: [{name: prometheus, config: {}}]
plugins:
  - name: rate-limiting
    service: products
    config: {minute: 1000, policy: redis, redis_host: redis, redis_port: 6379, redis_timeout: 2000, fault_tolerant: true}
)");
  EXPECT_EQ(policy.upstreams.at(0).healthchecks.active.headers.at(1).values, (std::vector<std::string>{"a", "b"}));
  const auto limit = std::ranges::find_if(
      policy.plugins, [](const auto& plugin) { return plugin.name() == std::string_view("rate-limiting"); });
  EXPECT_EQ(std::get<policy::RateLimitingConfig>(limit->config).redis.host, "redis");
}

TEST(Installations, TemplateThatNobodyFilledIn_IsRefusedForItsVariables) {
  const std::vector<std::string> said = mistakes(R"(
_format_version: '2.1'
services: [{name: login, url: "http://$LOGIN_HOST:$LOGIN_PORT/verify", routes: [{name: login, paths: [/login]}]}]
consumers: [{username: anon, keyauth_credentials: [{key: $ANON_KEY}]}]
)");
  ASSERT_EQ(said.size(), 2u);
  EXPECT_NE(said[0].find("invalid value: $LOGIN_HOST"), std::string::npos);
  EXPECT_NE(said[1].find("port: expected an integer"), std::string::npos);
}

TEST(Installations, PublicServices_WithPluginsForAllAndForEach) {
  const std::string text = R"(
_format_version: '3.0'
_transform: true
consumers:
- {username: dev, keyauth_credentials: [{key: key-of-dev}], tags: [development]}
plugins:
- name: cors
  config:
    origins: ['*']
    methods: [GET, POST, OPTIONS]
    headers: [Accept, Authorization, auth-token]
    exposed_headers: [X-Auth-Token]
    credentials: true
    max_age: 3600
- {name: request-size-limiting, config: {allowed_payload_size: 10, size_unit: megabytes}}
services:
- name: people
  url: http://people:8107
  tags: [core, auth]
  routes: [{name: people, paths: [/user], strip_path: false}]
  plugins: [{name: rate-limiting, config: {minute: 60, policy: local}}]
- name: people-health
  url: http://people:8107
  routes: [{name: people-health, paths: [/health/user], strip_path: true}]
  plugins: [{name: request-transformer, config: {replace: {uri: /user/health}}}]
)";
  EXPECT_EQ(mistakes(text), std::vector<std::string>());
}

TEST(Installations, ShopBehindGroups) {
  EXPECT_EQ(other_mistakes(R"(
_format_version: "2.1"
_transform: true
services:
- name: products
  url: http://products:3002
  routes:
  - name: products
    paths: [/ps]
    protocols: [http, https]
    plugins:
    - {name: acl, config: {allow: [resellers]}}
    - name: basic-auth
    - name: prometheus
consumers:
- username: reseller
  basicauth_credentials: [{username: reseller, password: reseller}]
  acls: [{group: resellers}]
)"),
            std::vector<std::string>());
}

TEST(Installations, FrontendAndBackends_OnOneHost) {
  EXPECT_EQ(mistakes(R"(
_format_version: "3.0"
_transform: true
services:
- name: auth
  url: http://auth:8001/auth
  routes: [{name: auth, paths: [/api/auth], strip_path: true, preserve_host: true}]
- name: web
  url: http://web:3000
  routes: [{name: web, paths: [/], strip_path: false, preserve_host: true}]
)"),
            std::vector<std::string>());
}

TEST(Installations, ExportWithTokensOfKongsOwn_IsRefusedForThatAlone) {
  const auto said = mistakes(R"(
_format_version: "1.1"
consumers:
- username: partner
  custom_id: partner
  oauth2_credentials: [{name: partner, client_id: id, client_secret: not-to-be-shown, redirect_uris: []}]
plugins:
- name: oauth2
  enabled: true
  protocols: [http, https]
  config: {enable_client_credentials: true, provision_key: not-to-be-shown}
services:
- name: origin
  host: origin.example
  port: 443
  protocol: https
  path: /anything
  connect_timeout: 60000
  read_timeout: 60000
  write_timeout: 60000
  retries: 5
  routes:
  - name: anything
    hosts: ["localhost:8000", "localhost:8443"]
    methods: [GET, PUT]
    paths: [/anything]
    https_redirect_status_code: 426
    path_handling: v0
    preserve_host: false
    protocols: [http, https]
    regex_priority: 0
    request_buffering: true
    response_buffering: true
    strip_path: true
)");
  ASSERT_EQ(said.size(), 2u);
  EXPECT_TRUE(said[0].starts_with("p:6:23: consumer 'partner' (consumers[0]): oauth2_credentials: not supported"))
      << said[0];
  EXPECT_TRUE(said[1].starts_with("p:8:9: plugin 'oauth2' (plugins[0]): name: plugin 'oauth2' not enabled")) << said[1];
  for (const std::string& line : said) EXPECT_EQ(line.find("not-to-be-shown"), std::string::npos);
}

TEST(Installations, PluginOfTheirOwn_IsRefusedWithThoseThatThereAre) {
  const auto said = mistakes(R"(
_format_version: "2.1"
services:
- name: broker
  host: broker
  port: 1026
  protocol: http
  routes: [{name: broker, paths: [/broker], strip_path: true}]
  plugins: [{name: pep-plugin, config: {pathprefix: /broker}}]
)");
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("plugin 'pep-plugin' is not supported; there are acl, "), std::string::npos) << said[0];
}

}  // namespace
}  // namespace sluice::config
