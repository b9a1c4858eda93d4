// Refusals in Kong's words: each is what Kong 3.9.1 says of that policy with ?flatten_errors=1, beyond what its corpus
// shows.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "config/kong_report.h"
#include "config/policy_loader.h"

namespace sluice::config {
namespace {

const std::string kHead = "_format_version: \"3.0\"\n";

struct Refusal {
  std::string name;
  std::string policy;
  std::vector<std::string> told;  // "type field: message", with "@" for the entity as a whole; sorted
};

KongReport report_of(const std::string& policy) {
  return kong_report(load_policy(policy, "p").diagnostics.errors(), policy);
}

std::vector<std::string> told_by(const KongReport& report) {
  std::vector<std::string> told;
  for (const Json& entity : report.flattened_errors) {
    for (const Json& error : entity["errors"]) {
      told.push_back(entity["entity_type"].get<std::string>() + " " + error.value("field", "@") + ": " +
                     error["message"].get<std::string>());
    }
  }
  for (const auto& [field, message] : report.file_fields.items()) {
    told.push_back(field + ": " + message.get<std::string>());
  }
  std::ranges::sort(told);
  return told;
}

class KongWords : public ::testing::TestWithParam<Refusal> {};

TEST_P(KongWords, AreSaid) {
  EXPECT_EQ(told_by(report_of(GetParam().policy)), GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    Policies, KongWords,
    ::testing::Values(
        Refusal{"ParentOfAnError",
                kHead + "services: [{name: s, id: \"4e13f54a-bbf1-47a8-8777-255fed7116f2\", host: a, routes: [{name: "
                        "r, paths: [/a], plugins: [{name: rate-limiting, config: {foo: 1}}]}], plugins: [{name: cors, "
                        "config: {max_age: x}}]}]\n",
                {"plugin @: at least one of these fields must be non-empty: 'config.second', 'config.minute', "
                 "'config.hour', 'config.day', 'config.month', 'config.year'",
                 "plugin config.foo: unknown field", "plugin config.max_age: expected a number"}},
        Refusal{"UrlIsAPath",
                kHead + "services:\n- {name: s, url: nonsense}\n",
                {"service host: required field missing", "service path: should start with: /"}},
        Refusal{"UrlWithoutHost",
                kHead + "services:\n- {name: s, url: \"http://\"}\n",
                {"service host: required field missing"}},
        Refusal{"UrlWithABadPort",
                kHead + "services:\n- {name: s, url: \"http://a:xx/\"}\n",
                {"service port: expected an integer"}},
        Refusal{"SnisAloneOnHttp",
                kHead + "services:\n- name: s\n  host: x.example\n  routes:\n  - {name: r, protocols: [http], snis: "
                        "[a.example]}\n",
                {"route @: 'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'",
                 "route @: must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'",
                 "route snis: length must be 0"}},
        Refusal{
            "ProtocolUnknown",
            kHead +
                "services:\n- name: s\n  host: x.example\n  routes:\n  - {name: r, paths: [/a], protocols: [foo]}\n",
            {"route protocols: unknown type: foo"}},
        Refusal{
            "ProtocolsEmpty",
            kHead + "services:\n- name: s\n  host: x.example\n  routes:\n  - {name: r, paths: [/a], protocols: []}\n",
            {"route protocols: unknown type: nil"}},
        Refusal{"ProtocolsPartlyUnknown",
                kHead + "services:\n- name: s\n  host: x.example\n  routes:\n  - {name: r, paths: [/a], protocols: "
                        "[foo, bar, http]}\n",
                {"route protocols.1: expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp",
                 "route protocols.2: expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp"}},
        Refusal{
            "EmptyListIsAnEmptyTable",
            kHead + "services:\n- name: s\n  host: x.example\n  routes:\n  - {name: r, paths: []}\n",
            {"route @: must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'"}},
        Refusal{"RoutesNoList",
                kHead + "services:\n- {name: s, host: a, routes: x}\n",
                {"service routes: expected an array"}},
        Refusal{
            "TargetsNoList", kHead + "upstreams:\n- {name: u, targets: x}\n", {"upstream targets: expected an array"}},
        Refusal{"HashHeaderBad",
                kHead + "upstreams:\n- {name: u, hash_on: header, hash_on_header: \"a b\"}\n",
                {"upstream @: failed conditional validation given value of field 'hash_on'",
                 "upstream hash_on_header: bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"}},
        Refusal{"HashArgumentEmpty",
                kHead + "upstreams:\n- {name: u, hash_on: query_arg, hash_on_query_arg: \"\"}\n",
                {"upstream @: failed conditional validation given value of field 'hash_on'",
                 "upstream hash_on_query_arg: length must be at least 1"}},
        Refusal{"TargetEmpty",
                kHead + "upstreams:\n- name: u\n  targets:\n  - {target: \"\"}\n",
                {"target target: length must be at least 1"}},
        Refusal{"TargetOfAnother",
                kHead + "upstreams:\n- name: u\n  targets:\n  - {target: a, upstream: zz}\n",
                {"target upstream: value must be null"}},
        Refusal{"UsernameEmpty",
                kHead + "consumers:\n- {username: \"\"}\n",
                {"consumer @: at least one of these fields must be non-empty: 'custom_id', 'username'",
                 "consumer username: length must be at least 1"}},
        Refusal{"UsernameNumber", kHead + "consumers:\n- {username: 5}\n", {"consumer username: expected a string"}},
        Refusal{"ReferenceBesideAMistake",
                kHead + "services:\n- {name: a, host: \"b c\"}\nroutes:\n- {name: r, paths: [/a], service: nope}\n",
                {"route service.id: missing primary key", "service host: invalid value: b c"}},
        Refusal{"ConsumerOnCors",
                kHead + "consumers: [{username: c}]\nplugins:\n- {name: cors, consumer: c}\n",
                {"plugin consumer: value must be null"}},
        Refusal{"PluginNameNull", kHead + "plugins:\n- {name: null}\n", {"plugin name: required field missing"}},
        Refusal{"PluginConfigNull",
                kHead + "plugins:\n- {name: cors, config: null}\n",
                {"plugin config: required field missing"}},
        Refusal{"CertificateEmpty",
                kHead + "certificates:\n- {cert: \"\", key: \"\"}\n",
                {"certificate cert: length must be at least 1", "certificate key: length must be at least 1"}},
        Refusal{
            "KeyEmpty",
            kHead + "consumers:\n- username: c\n  jwt_secrets:\n  - {key: a, algorithm: RS256, rsa_public_key: \"\"}\n",
            {"jwt_secret @: failed conditional validation given value of field 'algorithm'",
             "jwt_secret rsa_public_key: length must be at least 1"}},
        Refusal{"VaultTwice",
                kHead + "vaults:\n- {name: env, prefix: my-env}\n- {name: env, prefix: my-env}\n",
                {"vault @: uniqueness violation: 'vaults' entity with prefix set to 'my-env' already declared"}},
        Refusal{"TimestampWithAFraction",
                kHead + "services:\n- {name: s, host: a, created_at: 1.5}\n",
                {"service created_at: expected an integer"}},
        Refusal{"HeaderNameEmpty",
                kHead + "services:\n- name: s\n  host: x.example\n  routes:\n  - {name: r, paths: [/a], headers: "
                        "{\"\": [x]}}\n",
                {"route headers: length must be at least 1"}},
        Refusal{"YamlUnclosed",
                kHead + "services: [\n",
                {"error: failed parsing declarative configuration: 2:11: did not find expected node content"}},
        Refusal{"YamlAlias",
                kHead + "services: *x\n",
                {"error: failed parsing declarative configuration: 2:11: invalid reference: x"}},
        Refusal{"JsonBroken",
                "{\"_format_version\":\"3.0\",",
                {"error: failed parsing declarative configuration: 1:20: did not find expected node content"}},
        Refusal{"YamlEscape",
                kHead + "services: \"\\q\"\n",
                {"error: failed parsing declarative configuration: 2:1: found unknown escape character"}}),
    [](const auto& info) { return info.param.name; });

TEST(KongReport, NamesTheParentWhoseIdTheFileGives) {
  const KongReport report = report_of(kHead +
                                      "services:\n- {id: 11111111-1111-4111-8111-111111111111, host: a, "
                                      "plugins: [{name: cors, config: {zzz: 1}}]}\n");
  EXPECT_EQ(report.flattened_errors[0]["entity"]["service"], Json({{"id", "11111111-1111-4111-8111-111111111111"}}));
}

TEST(KongReport, EmptyListsAreEmptyTables) {
  const KongReport report = report_of(kHead + "services: [{name: s, tags: []}]\n");
  EXPECT_EQ(report.flattened_errors[0]["entity"], Json({{"name", "s"}, {"tags", Json::object()}}));
}

TEST(KongReport, KeyOfTheFileNamedAsKongNamesMistakesOfAWhole_IsToldOf) {
  const KongReport report = report_of(kHead + "consumers: [{\"@entity\": 1}]\n");
  EXPECT_EQ(told_by(report), (std::vector<std::string>{
                                 "consumer @: at least one of these fields must be non-empty: 'custom_id', 'username'",
                                 "consumer @entity: unknown field"}));
  EXPECT_EQ(report.fields["consumers"][0]["@entity"], "unknown field");
}

TEST(KongReport, TellsOfDanglingReferencesByTheNameOfWhoHasThem) {
  const KongReport report = report_of(kHead +
                                      "routes: [{name: r, paths: [/a], service: ghost}]\n"
                                      "keyauth_credentials: [{key: secret, consumer: ghost}]\n");
  EXPECT_EQ(report.fields["routes"],
            Json({{"r", {"invalid reference 'service: ghost' (no such entry in 'services')"}}}));
  EXPECT_EQ(report.fields["keyauth_credentials"],
            Json({{"***", {"invalid reference 'consumer: ghost' (no such entry in 'consumers')"}}}));
}

TEST(KongReport, TellsOfTakenNamesInTheListOfTheirKind) {
  const KongReport report = report_of(kHead +
                                      "services: [{name: s, host: a, routes: [{name: r, paths: [/a]}, "
                                      "{name: r, paths: [/b]}]}]\n");
  EXPECT_EQ(report.fields["routes"],
            Json({nullptr, "uniqueness violation: 'routes' entity with name set to 'r' already declared"}));
}

TEST(KongReport, SaysNothingOfTakenNamesWhileEntitiesAreWrong) {
  const KongReport report = report_of(kHead + "services: [{name: s, host: a}, {name: s, host: b}, {name: t}]\n");
  EXPECT_EQ(told_by(report), std::vector<std::string>{"service host: required field missing"});
}

}  // namespace
}  // namespace sluice::config
