// Every kind of entity, nested and at top level: certificates, vaults, groups, credentials that nobody can use.
#include "config_support.h"

#include <cstdlib>

#include "config/canonical.h"
#include "config/entity_ids.h"
#include "config/kong_json.h"
#include "config/plugin_advice.h"
#include "tls_material.h"

namespace sluice::config {
namespace {

const std::string kHead = "_format_version: \"3.0\"\n";

std::string indented(const std::string& pem, const std::string& spaces) {
  std::string out = "|\n";
  std::istringstream lines(pem);
  for (std::string line; std::getline(lines, line);) out += spaces + line + "\n";
  return out;
}

std::string certificate(const std::string& more = {}) {
  return kHead +
         "certificates:\n- id: 11111111-1111-4111-8111-111111111111\n  cert: " + indented(kCertificate, "    ") +
         "  key: " + indented(kKey, "    ") + more;
}

TEST(Certificates, SnisMayStandInThemOrRefer) {
  const policy::Policy nested = policy_of(certificate("  snis: [{name: a.example}]\n"));
  const policy::Policy flat =
      policy_of(certificate("snis: [{name: a.example, certificate: {id: 11111111-1111-4111-8111-111111111111}}]\n"));
  ASSERT_EQ(nested.certificates.at(0).snis.size(), 1u);
  EXPECT_EQ(nested.certificates[0].snis[0].id.to_string(), flat.certificates.at(0).snis.at(0).id.to_string());
  EXPECT_EQ(kong_entities(flat, "snis", {})[0]["certificate"]["id"], "11111111-1111-4111-8111-111111111111");
}

TEST(Certificates, KeyMustBelongToTheCertificate) {
  const std::string text =
      kHead + "certificates:\n- cert: " + indented(kCertificate, "    ") + "  key: " + indented(kOtherKey, "    ");
  EXPECT_EQ(mistakes(text),
            std::vector<std::string>{"p:3:3: certificate (certificates[0]): certificate does not match key"});
}

TEST(Certificates, NeitherTextNorKeyIsShownInAMistake) {
  const auto said = mistakes(kHead + "certificates:\n- {cert: c0ffee, key: 5ec2e7}\n");
  ASSERT_EQ(said.size(), 2u);
  EXPECT_TRUE(said[0].starts_with("p:3:10: certificate (certificates[0]): cert: invalid certificate: ")) << said[0];
  EXPECT_TRUE(said[1].starts_with("p:3:23: certificate (certificates[0]): key: invalid key: ")) << said[1];
  EXPECT_EQ((said[0] + said[1]).find("5ec2e7"), std::string::npos);
}

TEST(Certificates, SecondPairIsWholeOrNotThere) {
  EXPECT_EQ(mistakes(certificate("  cert_alt: " + indented(kCertificate, "    "))).front(),
            "p:3:3: certificate (certificates[0]): all or none of these fields must be set: 'cert_alt', 'key_alt'");
}

TEST(CaCertificates, LeafIsNoAuthority) {
  EXPECT_EQ(
      mistakes(kHead + "ca_certificates:\n- cert: " + indented(kCertificate, "    ")),
      std::vector<std::string>{"p:3:3: ca_certificate (ca_certificates[0]): certificate does not appear to be a CA "
                               "because it is missing the \"CA\" basic constraint"});
}

TEST(Services, TlsFieldsNeedATlsProtocol) {
  EXPECT_EQ(mistakes(kHead + "services: [{name: s, host: h, tls_verify: true}]\n"),
            (std::vector<std::string>{
                "p:2:43: service 's' (services[0]): tls_verify: value must be null",
                "p:2:12: service 's' (services[0]): failed conditional validation given value of field 'protocol'"}));
  EXPECT_EQ(mistakes(kHead + "services: [{name: s, url: 'https://h', tls_verify: true, tls_verify_depth: 3}]\n"),
            std::vector<std::string>());
}

TEST(Services, AuthoritiesMustBeThere) {
  EXPECT_EQ(mistakes(kHead + "services: [{name: s, url: 'https://h', ca_certificates: "
                             "[11111111-1111-4111-8111-111111111111]}]\n"),
            std::vector<std::string>{"p:2:58: service 's' (services[0]): ca_certificates[0]: the CA certificate object "
                                     "'11111111-1111-4111-8111-111111111111' does not exist"});
}

// Who forgets to name the field writes the secret itself.
TEST(Credentials, WhatIsNoRecord_IsNotShown) {
  for (const char* text :
       {"keyauth_credentials: [my-secret]\n", "keyauth_credentials: my-secret\n",
        "consumers: [{username: c, keyauth_credentials: [my-secret]}]\n",
        "consumers: [{username: c, keyauth_credentials: my-secret}]\n", "certificates: [my-secret]\n"}) {
    const auto said = mistakes(kHead + text);
    ASSERT_EQ(said.size(), 1u) << text;
    EXPECT_EQ(said[0].find("my-secret"), std::string::npos) << said[0];
    EXPECT_TRUE(said[0].ends_with("; found a single value")) << said[0];
  }
}

TEST(Vaults, ReferencesAreResolvedAndPrintedAsReferences) {
  setenv("MY_API_KEY", "from-the-environment", 1);
  setenv("APP_TOKENS", R"({"main": "in-json"})", 1);
  const policy::Policy policy = policy_of(kHead + R"(
vaults: [{name: env, prefix: app-env, config: {prefix: app_}}]
consumers:
- username: c
  keyauth_credentials: [{key: "{vault://env/my-api-key}"}, {key: "{vault://app-env/tokens/main}"}]
)");
  ASSERT_EQ(policy.consumers.at(0).keyauth_credentials.size(), 2u);
  EXPECT_EQ(policy.consumers[0].keyauth_credentials[0].key.reveal(), "from-the-environment");
  EXPECT_EQ(policy.consumers[0].keyauth_credentials[1].key.reveal(), "in-json");
  EXPECT_EQ(kong_entities(policy, "keyauth_credentials", {})[0]["key"], "{vault://env/my-api-key}");
}

TEST(Vaults, ChangedValue_ChangesTheFingerprint) {
  const std::string text =
      kHead +
      "consumers: [{username: c, keyauth_credentials: [{id: 11111111-1111-4111-8111-111111111111, key: "
      "'{vault://env/turning}'}]}]\n";
  setenv("TURNING", "one", 1);
  const auto before = policy_of(text).fingerprint;
  setenv("TURNING", "two", 1);
  EXPECT_NE(policy_of(text).fingerprint, before);
}

TEST(Vaults, WhatIsNotThereIsSaidWithoutAnyValue) {
  setenv("NOT_JSON", "secret-value", 1);
  const auto said = mistakes(kHead + R"(
consumers:
- username: c
  keyauth_credentials:
  - key: "{vault://env/is-not-set}"
  - key: "{vault://none/x}"
  - key: "{vault://env/not-json/main}"
)");
  EXPECT_EQ(said, (std::vector<std::string>{
                      "p:6:10: keyauth_credential (consumers[0].keyauth_credentials[0]): key: cannot resolve "
                      "{vault://env/is-not-set} (the environment has no 'IS_NOT_SET')",
                      "p:7:10: keyauth_credential (consumers[0].keyauth_credentials[1]): key: cannot resolve "
                      "{vault://none/x} (there is no vault 'none')",
                      "p:8:10: keyauth_credential (consumers[0].keyauth_credentials[2]): key: cannot resolve "
                      "{vault://env/not-json/main} ('NOT_JSON' is not a JSON object with a text 'main')"}));
}

// What Kong's schemas mark as referenceable in the plugins that Sluice has.
constexpr const char* kReferringPlugins = R"(
plugins:
- name: http-log
  config:
    http_endpoint: "{vault://env/log-url}"
    headers: {Authorization: "{vault://env/log-token}", X-Plain: plain}
- name: opentelemetry
  config:
    endpoint: "{vault://env/log-url}"
    headers: {X-Key: "{vault://env/log-token}"}
- name: rate-limiting
  config:
    minute: 5
    policy: redis
    redis: {host: limits.example, username: "{vault://env/redis-user}"}
    redis_password: "{vault://env/log-token}"
)";

void set_what_they_refer_to() {
  setenv("LOG_URL", "http://logs.example/secret-path", 1);
  setenv("LOG_TOKEN", "secret-token", 1);
  setenv("REDIS_USER", "secret-user", 1);
}

TEST(Vaults, FieldsThatKongMarks_AreResolved) {
  set_what_they_refer_to();
  const policy::Policy policy = policy_of(kHead + kReferringPlugins);
  ASSERT_EQ(policy.plugins.size(), 3u);
  const auto& log = std::get<policy::HttpLogConfig>(policy.plugins[0].config);
  EXPECT_EQ(log.http_endpoint.reveal(), "http://logs.example/secret-path");
  ASSERT_EQ(log.headers.size(), 2u);
  EXPECT_EQ(log.headers[0].value.reveal(), "secret-token");
  EXPECT_EQ(log.headers[1].value.reveal(), "plain");
  const auto& traces = std::get<policy::OpentelemetryConfig>(policy.plugins[1].config);
  EXPECT_EQ(traces.traces_endpoint.reveal(), "http://logs.example/secret-path");
  EXPECT_EQ(traces.headers.at(0).value.reveal(), "secret-token");
  const auto& redis = std::get<policy::RateLimitingConfig>(policy.plugins[2].config).redis;
  EXPECT_EQ(redis.username.reveal(), "secret-user");
  EXPECT_EQ(redis.password.reveal(), "secret-token");
}

TEST(Vaults, FieldsThatKongMarks_AreShownAsReferencesAndHashed) {
  set_what_they_refer_to();
  const policy::Policy policy = policy_of(kHead + kReferringPlugins);
  const Json plugins = kong_entities(policy, "plugins", {});
  EXPECT_EQ(plugins[0]["config"]["http_endpoint"], "{vault://env/log-url}");
  EXPECT_EQ(plugins[0]["config"]["headers"],
            (Json{{"Authorization", "{vault://env/log-token}"}, {"X-Plain", "plain"}}));
  EXPECT_EQ(plugins[1]["config"]["traces_endpoint"], "{vault://env/log-url}");
  EXPECT_EQ(plugins[2]["config"]["redis"]["username"], "{vault://env/redis-user}");
  EXPECT_EQ(canonical_json(policy).find("secret-"), std::string::npos);
  setenv("LOG_TOKEN", "turned", 1);
  EXPECT_NE(policy_of(kHead + kReferringPlugins).fingerprint, policy.fingerprint);
}

// What came out of the environment is checked as if it stood in the file, and not shown.
TEST(Vaults, ValueThatMayNotStandThere_IsRefusedWithoutIt) {
  const auto said = [](const char* url, const char* token) {
    set_what_they_refer_to();
    setenv("LOG_URL", url, 1);
    setenv("LOG_TOKEN", token, 1);
    std::string all;
    for (const std::string& line :
         mistakes(kHead + "plugins:\n- name: http-log\n  config:\n    http_endpoint: '{vault://env/log-url}'\n"
                          "    headers: {Authorization: '{vault://env/log-token}'}\n")) {
      all += line + "\n";
    }
    return all;
  };
  const std::string at = "plugin 'http-log' (plugins[0]): config";
  EXPECT_EQ(said("not-shown", "t"), "p:5:20: " + at + ".http_endpoint: missing host in url\n");
  EXPECT_EQ(said("http://h", "not\nshown"),
            "p:6:30: " + at + ".headers: control characters are not allowed in a header value (of 'Authorization')\n");
  EXPECT_EQ(said("http://not:shown@h", "t"), "p:5:5: " + at +
                                                 ": specifying both an 'Authorization' header and user info in "
                                                 "'http_endpoint' is not allowed\n");
  EXPECT_EQ(mistakes(kHead + "plugins: [{name: opentelemetry, config: {endpoint: '{vault://env/not-set}'}}]\n"),
            std::vector<std::string>{"p:2:52: plugin 'opentelemetry' (plugins[0]): config.endpoint: cannot resolve "
                                     "{vault://env/not-set} (the environment has no 'NOT_SET')"});
  EXPECT_EQ(said("http://h", ""), "p:6:30: " + at +
                                      ".headers: cannot resolve {vault://env/log-token} (of "
                                      "'Authorization', what it stands for is empty)\n");
}

// As Kong does, and as decK reads them back.
TEST(Plugins, Maps_AreShownAsMaps) {
  const policy::Policy policy = policy_of(kHead + R"(
plugins:
- {name: http-log, config: {http_endpoint: 'http://h', headers: {X-B: b, X-A: a}}}
- {name: opentelemetry, config: {endpoint: 'http://h', resource_attributes: {team: edge}}}
- {name: file-log, config: {path: /l, custom_fields_by_lua: {a: return 1}}}
)");
  const Json plugins = kong_entities(policy, "plugins", {});
  EXPECT_EQ(plugins[0]["config"]["headers"], (Json{{"X-A", "a"}, {"X-B", "b"}}));
  EXPECT_EQ(plugins[1]["config"]["resource_attributes"], (Json{{"team", "edge"}}));
  EXPECT_EQ(plugins[2]["config"]["custom_fields_by_lua"], (Json{{"a", "return 1"}}));
  EXPECT_EQ(mistakes(kHead + "plugins:\n- {name: opentelemetry, config: {endpoint: 'http://h', resource_attributes: "
                             "[[team, edge]]}}\n"),
            std::vector<std::string>{"p:3:77: plugin 'opentelemetry' (plugins[0]): config.resource_attributes: "
                                     "expected a map; found a list"});
}

// As decK reads it back.
TEST(Plugins, PairsWithSeveralColons_AreShownAsTheyAreWritten) {
  const policy::Policy policy =
      policy_of(kHead + "plugins: [{name: request-transformer, config: {add: {headers: ['X-A::b:c', 'X-B:b']}}}]\n");
  const auto& pairs = std::get<policy::RequestTransformerConfig>(policy.plugins.at(0).config).add.headers;
  EXPECT_EQ(pairs.at(0).name, "X-A");
  EXPECT_EQ(pairs[0].value, "b:c");
  EXPECT_EQ(kong_entities(policy, "plugins", {})[0]["config"]["add"]["headers"], (Json{"X-A::b:c", "X-B:b"}));
}

TEST(Plugins, HeadersThatMayHoldCredentials_AreNotShownInAMistake) {
  for (const char* headers : {"'Authorization: my-secret'", "[[Authorization, my-secret]]", "{a b: my-secret}",
                              "{X: \"my-secret\\x01\"}", "{X: [my-secret]}"}) {
    const auto found = mistakes(
        kHead + "plugins: [{name: http-log, config: {http_endpoint: 'http://h', headers: " + headers + "}}]\n");
    ASSERT_EQ(found.size(), 1u) << headers;
    EXPECT_EQ(found[0].find("my-secret"), std::string::npos) << found[0];
  }
}

TEST(Vaults, ReferenceWhereKongResolvesNone_IsRefused) {
  const std::string plugin =
      "plugins:\n- name: opentelemetry\n  config:\n    endpoint: http://a\n    resource_attributes: ";
  EXPECT_EQ(mistakes(kHead + plugin + "{team: '{vault://env/team}'}\n"),
            std::vector<std::string>{
                "p:6:33: plugin 'opentelemetry' (plugins[0]): config.resource_attributes: a vault reference may "
                "not stand here (of 'team', Sluice would send it as it is: write the value itself); found "
                "\"{vault://env/team}\""});
  EXPECT_EQ(mistakes(kHead + "services: [{name: '{vault://env/name}', host: h}]\n").size(), 1u);
}

TEST(Vaults, OtherKindsAreNotInstalled) {
  EXPECT_EQ(mistakes(kHead + "vaults: [{name: hcv, prefix: my-hcv}]\n"),
            std::vector<std::string>{"p:2:17: vault 'hcv' (vaults[0]): name: vault 'hcv' is not installed"});
}

TEST(ConsumerGroups, MembersAreNamedFromEitherSide) {
  const policy::Policy policy = policy_of(kHead + R"(
consumer_groups:
- name: gold
  consumers: [{username: ann}]
  plugins: [{name: rate-limiting, config: {minute: 5}}]
- name: silver
consumers:
- {username: ann, groups: [{name: silver}]}
- {username: bob, groups: [gold]}
)");
  ASSERT_EQ(policy.consumers.size(), 2u);
  EXPECT_EQ(policy.consumers[0].groups, (std::vector<policy::Ref<policy::ConsumerGroup>>{{1}, {0}}));
  EXPECT_EQ(policy.consumers[1].groups, (std::vector<policy::Ref<policy::ConsumerGroup>>{{0}}));
  ASSERT_TRUE(policy.plugins.at(0).consumer_group);
  EXPECT_EQ(policy[*policy.plugins[0].consumer_group].name, "gold");
}

TEST(Credentials, WithoutASecret_AreLeftOutAsNobodyCanUseThem) {
  const LoadedPolicy loaded = load_policy(kHead + R"(
consumers:
- username: c
  keyauth_credentials: [{tags: [a]}]
  hmacauth_credentials: [{username: u}]
  jwt_secrets: [{key: k}, {algorithm: ES256, key: e}]
)",
                                          "p");
  ASSERT_TRUE(loaded.policy);
  EXPECT_TRUE(loaded.policy->consumers.at(0).keyauth_credentials.empty());
  EXPECT_TRUE(loaded.policy->consumers[0].hmacauth_credentials.empty());
  EXPECT_TRUE(loaded.policy->consumers[0].jwt_secrets.empty());
  EXPECT_EQ(loaded.diagnostics.warnings().size(), 4u);
}

TEST(PluginAdvice, IsGivenForPluginsOfKong) {
  for (const std::string_view name : {"oauth2", "openid-connect", "ldap-auth", "acme", "proxy-cache-advanced"}) {
    const std::string advice = plugin_advice(name);
    EXPECT_EQ(advice.find("there are acl"), std::string::npos) << name << " has no advice of its own";
  }
}

TEST(Oauth2Introspection, Fields_AreCheckedAndTheCredentialIsNotShown) {
  const auto said = [](const std::string& config) {
    std::string all;
    for (const std::string& line :
         mistakes(kHead + "plugins: [{name: oauth2-introspection, config: {" + config + "}}]\n")) {
      all += line + "\n";
    }
    return all;
  };
  const std::string good = "introspection_url: 'https://as.example/i', authorization_value: Basic not-to-be-shown";
  EXPECT_EQ(said(good), "");
  EXPECT_EQ(said(good + ", ttl: 0, anonymous: '', consumer_by: client_id, custom_claims_forward: [a.b]"), "");
  for (const char* url : {"as.example/i", "ftp://as.example", "https://", "https:///i", "'https://as.example/a b'"}) {
    EXPECT_NE(said("authorization_value: x, introspection_url: " + std::string(url)).find("and a host"),
              std::string::npos)
        << url;
  }
  EXPECT_NE(said("").find("introspection_url: required field missing"), std::string::npos) << said("");
  EXPECT_NE(said("").find("authorization_value: required field missing"), std::string::npos) << said("");
  const std::string split = said("introspection_url: 'https://a', authorization_value: \"not-to-be-shown\\r\\nX: 1\"");
  EXPECT_NE(split, "");
  EXPECT_EQ(split.find("not-to-be-shown"), std::string::npos);
  for (const char* field : {"ttl: -1", "timeout: 0", "consumer_by: sub", "custom_claims_forward: ['a b']"}) {
    EXPECT_NE(said(good + ", " + field), "") << field;
  }
}

TEST(Credentials, OfKindsThatAreNotThere_AreRefusedWithTheReason) {
  EXPECT_EQ(mistakes(kHead + "consumers: [{username: c, oauth2_credentials: [{name: n}]}]\n"),
            std::vector<std::string>{
                "p:2:47: consumer 'c' (consumers[0]): oauth2_credentials: not supported (Sluice does not issue tokens: "
                "let an authorization server do so, and use the plugin jwt or oauth2-introspection)"});
}

TEST(CommonKeys, AreTakenInEveryEntityAndCheckedAsKongDoes) {
  EXPECT_EQ(mistakes(kHead + "services: [{name: s, host: h, _comment: why, _ignore: [x], created_at: 5}]\n"),
            std::vector<std::string>());
  EXPECT_EQ(
      mistakes(kHead + "_ignore: no\nservices: [{name: s, host: h, _comment: 5, created_at: x, updated_at: 0}]\n"),
      (std::vector<std::string>{
          "p:2:10: _ignore: expected an array; found boolean no",
          "p:3:56: service 's' (services[0]): created_at: expected an integer; found \"x\"",
          "p:3:71: service 's' (services[0]): updated_at: expected a valid timestamp; found number 0",
          "p:3:41: service 's' (services[0]): _comment: expected a string; found number 5"}));
}

TEST(Ids, TopLevelChildrenCountTheirParentAsItIsWritten) {
  const policy::Policy flat = policy_of(kHead + "consumers: [{username: ann}]\nacls: [{consumer: ann, group: g}]\n");
  EXPECT_EQ(flat.consumers.at(0).acls.at(0).id, kong_id("acls", "acls:*:ann:g"));
}

}  // namespace
}  // namespace sluice::config
