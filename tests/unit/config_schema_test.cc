// Kong's schemas, field by field: what each entity's fields may hold, and in which words Kong says that they do not.
#include "config_support.h"

#include "config/kong_fields.h"

namespace sluice::config {
namespace {

struct Wrong {
  const char* name;
  const char* entity;  // the list it stands in and the entity: "services: {…}"
  // "field: message" or "message" of the entity as a whole; all of them, sorted.
  std::vector<std::string> expected;
};

class KongSchema : public ::testing::TestWithParam<Wrong> {};

TEST_P(KongSchema, SaysWhatIsWrong) {
  const std::string entity = GetParam().entity;
  const size_t colon = entity.find(": ");
  const std::string text =
      "_format_version: \"3.0\"\n" + entity.substr(0, colon) + ":\n- " + entity.substr(colon + 2) + "\n";
  std::vector<std::string> said;
  const LoadedPolicy loaded = load_policy(text, "p");
  for (const Diagnostic& d : loaded.diagnostics.errors()) {
    said.push_back(d.field.empty() ? d.message : kong_field(d.field) + ": " + d.message);
  }
  std::sort(said.begin(), said.end());
  EXPECT_EQ(said, GetParam().expected);
}

std::string name_of_case(const ::testing::TestParamInfo<Wrong>& info) {
  return info.param.name;
}

const std::string kProtocolCheck = "failed conditional validation given value of field 'protocol'";

INSTANTIATE_TEST_SUITE_P(
    Services, KongSchema,
    ::testing::Values(
        Wrong{"NameWithSpace",
              "services: {name: 'a b', host: h}",
              {"name: invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, and ~"}},
        Wrong{"EmptyName", "services: {name: '', host: h}", {"name: length must be at least 1"}},
        Wrong{"HostWithPort", "services: {name: a, host: 'h:80'}", {"host: must not have a port"}},
        Wrong{"HostEndsInDash", "services: {name: a, host: 'h-.example'}", {"host: invalid value: h-.example"}},
        Wrong{"HostIsNoAddress", "services: {name: a, host: 300.1.1.1}", {"host: invalid value: 300.1.1.1"}},
        Wrong{"EmptyHost", "services: {name: a, host: ''}", {"host: length must be at least 1"}},
        Wrong{"NegativePort", "services: {name: a, host: h, port: -1}", {"port: value should be between 0 and 65535"}},
        Wrong{"FractionalPort", "services: {name: a, host: h, port: 80.5}", {"port: expected an integer"}},
        Wrong{"TextPort", "services: {name: a, host: h, port: '80'}", {"port: expected an integer"}},
        Wrong{"NullProtocol", "services: {name: a, host: h, protocol: null}", {"protocol: required field missing"}},
        Wrong{"PathWithSpace",
              "services: {name: a, host: h, path: '/a b'}",
              {"path: invalid path: '/a b' (characters outside of the reserved list of RFC 3986 found)"}},
        Wrong{
            "PathBadPercent", "services: {name: a, host: h, path: '/a%2'}", {"path: invalid url-encoded value: '%2'"}},
        Wrong{"NegativeRetries",
              "services: {name: a, host: h, retries: -1}",
              {"retries: value should be between 0 and 32767"}},
        Wrong{"TimeoutTooLong",
              "services: {name: a, host: h, connect_timeout: 2147483647}",
              {"connect_timeout: value should be between 1 and 2147483646"}},
        Wrong{"TextTimeout", "services: {name: a, host: h, write_timeout: 1s}", {"write_timeout: expected an integer"}},
        Wrong{"TagsNoList", "services: {name: a, host: h, tags: x}", {"tags: expected a set"}},
        Wrong{"NullTag", "services: {name: a, host: h, tags: [null]}", {"tags.1: required field missing"}},
        Wrong{"NumberTag", "services: {name: a, host: h, tags: [1]}", {"tags.1: expected a string"}},
        Wrong{"EnabledNoBoolean", "services: {name: a, host: h, enabled: 1}", {"enabled: expected a boolean"}},
        Wrong{"GrpcWithPath",
              "services: {name: a, host: h, protocol: grpc, path: /a}",
              {kProtocolCheck, "path: value must be null"}},
        Wrong{"DepthOnHttp",
              "services: {name: a, host: h, tls_verify_depth: 1}",
              {kProtocolCheck, "tls_verify_depth: value must be null"}},
        Wrong{"DepthTooDeep",
              "services: {name: a, url: 'https://h', tls_verify_depth: 65}",
              {"tls_verify_depth: value should be between 0 and 64"}},
        Wrong{"AuthorityNoUuid",
              "services: {name: a, url: 'https://h', ca_certificates: [x]}",
              {"ca_certificates.1: expected a valid UUID"}},
        Wrong{"ClientCertificateUnknown",
              "services: {name: a, url: 'https://h', client_certificate: x}",
              {"client_certificate: invalid reference 'client_certificate: x' (no such entry in 'certificates')"}},
        Wrong{"UrlOfUnknownScheme",
              "services: {name: a, url: 'gopher://h'}",
              {"protocol: expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp"}},
        Wrong{"UrlNoText", "services: {name: a, url: 5}", {"host: required field missing", "url: expected a string"}},
        Wrong{"UnknownField", "services: {name: a, host: h, hots: null}", {"hots: unknown field"}}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Routes, KongSchema,
    ::testing::Values(
        Wrong{"NoProtocols", "routes: {paths: [/a], protocols: []}", {"protocols: unknown type: nil"}},
        Wrong{"ProtocolsNoSet", "routes: {paths: [/a], protocols: http}", {"protocols: expected a set"}},
        Wrong{"MixedProtocols",
              "routes: {paths: [/a], protocols: [https, grpcs]}",
              {"protocols: these sets are mutually exclusive: ('http', 'https'), ('grpc', 'grpcs')"}},
        Wrong{"HostWithTwoWildcards",
              "routes: {hosts: ['*.a.*']}",
              {"hosts.1: invalid wildcard: must have at most one wildcard"}},
        Wrong{"HostPortTooLarge", "routes: {hosts: ['a.example:70000']}", {"hosts.1: invalid port number"}},
        Wrong{"HostBadAddress", "routes: {hosts: [1.2.3.400]}", {"hosts.1: invalid ipv4 address: 1.2.3.400"}},
        Wrong{"HostsNoList", "routes: {hosts: a.example, paths: [/a]}", {"hosts: expected an array"}},
        Wrong{"PathTwoSlashes", "routes: {paths: [/a//b]}", {"paths.1: must not have empty segments"}},
        Wrong{"PathRegexWithoutSlash",
              "routes: {paths: ['~^/a']}",
              {"paths.1: should start with: / (fixed path) or ~/ (regex path)"}},
        Wrong{"PathNull",
              "routes: {paths: [null]}",
              {"must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'",
               "paths.1: required field missing"}},
        Wrong{"MethodNoList", "routes: {methods: GET, paths: [/a]}", {"methods: expected a set"}},
        Wrong{"SniIsAddress", "routes: {snis: [192.0.2.1]}", {"snis.1: must not be an IP"}},
        Wrong{"SniWithPort", "routes: {snis: ['a.example:443']}", {"snis.1: must not have a port"}},
        Wrong{"SniWildcardInside",
              "routes: {snis: ['a.*.example']}",
              {"snis.1: wildcard must be leftmost or rightmost character"}},
        Wrong{"HeaderBadName",
              "routes: {headers: {'a b': [x]}}",
              {"headers: bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"}},
        Wrong{"HeaderNoList", "routes: {headers: {a: x}, paths: [/a]}", {"headers: expected an array"}},
        Wrong{"HeaderEmptyValue", "routes: {headers: {a: ['']}}", {"headers.1: length must be at least 1"}},
        Wrong{"HeaderWithoutValues",
              "routes: {headers: {x-a: []}, paths: [/a]}",
              {"Router Expression failed validation: no value of the header 'x-a'"}},
        Wrong{"HeadersWrongInTwo",
              "routes: {headers: {a: [1, 2], b: x}}",
              {"headers.1: expected a string", "headers.2: expected a string"}},
        Wrong{"HeadersNoMap", "routes: {headers: x, paths: [/a]}", {"headers: expected a map"}},
        Wrong{"RedirectStatus",
              "routes: {paths: [/a], https_redirect_status_code: 303}",
              {"https_redirect_status_code: expected one of: 426, 301, 302, 307, 308"}},
        Wrong{"RedirectNull",
              "routes: {paths: [/a], https_redirect_status_code: null}",
              {"https_redirect_status_code: required field missing"}},
        Wrong{"StripPathText", "routes: {paths: [/a], strip_path: 'yes'}", {"strip_path: expected a boolean"}},
        Wrong{"PathHandling", "routes: {paths: [/a], path_handling: v2}", {"path_handling: expected one of: v0, v1"}},
        Wrong{"RegexPriorityBeyond32Bits", "routes: {paths: [/a], regex_priority: 4294967297}", {}},
        Wrong{"PathRegexWithACharacterBeyondAByte", R"(routes: {paths: ['~/\x{100}']})", {}},
        Wrong{"RegexPriority", "routes: {paths: [/a], regex_priority: high}", {"regex_priority: expected an integer"}},
        Wrong{"Sources",
              "routes: {paths: [/a], sources: [{ip: 192.0.2.1}]}",
              {"sources: cannot set 'sources' when 'protocols' is 'http' or 'https'"}},
        Wrong{"TcpSources",
              "routes: {protocols: [tcp], sources: [{ip: 192.0.2.1}]}",
              {"protocols: routes of tcp, tls, tls_passthrough and udp are not supported yet",
               "sources: routes of tcp, tls and udp are not supported yet"}},
        Wrong{"TcpWithoutMatch",
              "routes: {protocols: [tcp, udp], paths: [/a], methods: []}",
              {"methods: cannot set 'methods' when 'protocols' is 'tcp', 'tls', 'tls_passthrough' or 'udp'",
               "must set one of 'sources', 'destinations', 'snis' when 'protocols' is 'tcp', 'tls' or 'udp'",
               "paths: cannot set 'paths' when 'protocols' is 'tcp', 'tls', 'tls_passthrough' or 'udp'",
               "protocols: routes of tcp, tls, tls_passthrough and udp are not supported yet"}},
        Wrong{"PassthroughWithoutSni",
              "routes: {protocols: [tls_passthrough]}",
              {"must set snis when 'protocols' is 'tls_passthrough'",
               "protocols: routes of tcp, tls, tls_passthrough and udp are not supported yet"}},
        Wrong{"GrpcMethods",
              "routes: {paths: [/a], protocols: [grpc], methods: [GET]}",
              {"methods: cannot set 'methods' when 'protocols' is 'grpc' or 'grpcs'"}},
        Wrong{"GrpcStripPath",
              "routes: {paths: [/a], protocols: [grpcs], strip_path: true}",
              {"strip_path: cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'"}},
        Wrong{"HttpAloneWithoutMatch",
              "routes: {protocols: [http]}",
              {"must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'"}},
        Wrong{"UnknownService",
              "routes: {paths: [/a], service: ghost}",
              {"service: invalid reference 'service: ghost' (no such entry in 'services')"}}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Upstreams, KongSchema,
    ::testing::Values(
        Wrong{"NameIsAddress",
              "upstreams: {name: 192.0.2.1}",
              {"name: Invalid name ('192.0.2.1'); no ip addresses allowed"}},
        Wrong{"NameWithPort", "upstreams: {name: 'u:80'}", {"name: Invalid name ('u:80'); no port allowed"}},
        Wrong{"NameNoHost", "upstreams: {name: 'u v'}", {"name: Invalid name ('u v'); must be a valid hostname"}},
        Wrong{"ProbesOverTls",
              "upstreams: {name: u, healthchecks: {active: {type: https, unhealthy: {interval: 1}}}}",
              {"healthchecks.active.type: active checks over TLS and gRPC are not supported yet: expected one of: tcp, "
               "http"}},
        Wrong{"ProbesOverTlsThatAreOff", "upstreams: {name: u, healthchecks: {active: {type: grpc}}}", {}},
        Wrong{"TooFewSlots", "upstreams: {name: u, slots: 9}", {"slots: value should be between 10 and 65536"}},
        Wrong{
            "HeaderMissing",
            "upstreams: {name: u, hash_on: header}",
            {"failed conditional validation given value of field 'hash_on'", "hash_on_header: required field missing"}},
        Wrong{"CookieName",
              "upstreams: {name: u, hash_on: cookie, hash_on_cookie: 'a b'}",
              {"failed conditional validation given value of field 'hash_on'",
               "hash_on_cookie: contains one or more invalid characters. ASCII control characters (0-31;127), space, "
               "tab and the characters ()<>@,;:\\\"/?={}[] are not allowed."}},
        Wrong{"FallbackAfterCookie",
              "upstreams: {name: u, hash_on: cookie, hash_on_cookie: c, hash_fallback: ip}",
              {"failed conditional validation given value of field 'hash_on'", "hash_fallback: expected one of: none"}},
        Wrong{"Threshold",
              "upstreams: {name: u, healthchecks: {threshold: 101}}",
              {"healthchecks.threshold: value should be between 0 and 100"}},
        Wrong{"Status",
              "upstreams: {name: u, healthchecks: {active: {healthy: {http_statuses: [99]}}}}",
              {"healthchecks.active.healthy.http_statuses.1: value should be between 100 and 999"}},
        Wrong{"Successes",
              "upstreams: {name: u, healthchecks: {passive: {healthy: {successes: 256}}}}",
              {"healthchecks.passive.healthy.successes: value should be between 0 and 255"}},
        Wrong{"CheckType",
              "upstreams: {name: u, healthchecks: {active: {type: ping}}}",
              {"healthchecks.active.type: expected one of: tcp, http, https, grpc, grpcs"}},
        Wrong{"CheckPath",
              "upstreams: {name: u, healthchecks: {active: {http_path: status}}}",
              {"healthchecks.active.http_path: should start with: /"}},
        Wrong{"HealthchecksNoRecord", "upstreams: {name: u, healthchecks: on}", {"healthchecks: expected a record"}},
        Wrong{"Target",
              "upstreams: {name: u, targets: [{target: 'a b'}]}",
              {"target: Invalid target ('a b'); not a valid hostname or ip address"}},
        Wrong{"TargetWeight",
              "upstreams: {name: u, targets: [{target: a, weight: 65536}]}",
              {"weight: value should be between 0 and 65535"}},
        Wrong{"TargetMissing", "upstreams: {name: u, targets: [{weight: 1}]}", {"target: required field missing"}}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Others, KongSchema,
    ::testing::Values(
        Wrong{"ConsumerUsername", "consumers: {username: 5}", {"username: expected a string"}},
        Wrong{"GroupNull", "consumers: {username: a, acls: [{group: null}]}", {"group: required field missing"}},
        Wrong{"RsaKeyMissing",
              "consumers: {username: a, jwt_secrets: [{key: k, algorithm: RS256}]}",
              {"failed conditional validation given value of field 'algorithm'",
               "rsa_public_key: required field missing"}},
        Wrong{"CredentialNoRecord", "consumers: {username: a, acls: [g]}", {"expected a record"}},
        Wrong{"PluginWithoutName", "plugins: {config: {}}", {"name: required field missing"}},
        Wrong{"PluginNameNumber", "plugins: {name: 5}", {"name: expected a string"}},
        Wrong{"PluginConfigText", "plugins: {name: cors, config: on}", {"config: expected a record"}},
        Wrong{"PluginEnabledNull", "plugins: {name: cors, enabled: null}", {"enabled: required field missing"}},
        Wrong{"PluginInstanceName",
              "plugins: {name: cors, instance_name: 'a/b'}",
              {"instance_name: invalid value 'a/b': the only accepted ascii characters are alphanumerics or ., -, _, "
               "and ~"}},
        Wrong{"SniWithoutCertificate", "snis: {name: a.example}", {"certificate: required field missing"}},
        Wrong{"VaultPrefix", "vaults: {name: env, prefix: My_Env}", {"prefix: invalid value: My_Env"}},
        Wrong{"VaultReserved", "vaults: {name: env, prefix: env}", {"prefix: must not be one of: env"}},
        Wrong{"VaultConfig",
              "vaults: {name: env, prefix: my-env, config: {prefix: 1A}}",
              {"config.prefix: invalid value: 1A"}},
        Wrong{"Id", "upstreams: {name: u, id: 1}", {"id: expected a string"}}),
    name_of_case);

}  // namespace
}  // namespace sluice::config
