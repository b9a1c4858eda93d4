// Policies: entities, defaults, references, ids, and every mistake with its place.
#include "config_support.h"

#include "config/canonical.h"
#include "config/kong_json.h"

namespace sluice::config {
namespace {

using ::testing::Test;

const std::string kHead = "_format_version: \"3.0\"\n";

TEST(PolicyLoader, Service_GetsKongsDefaults) {
  const policy::Policy policy = policy_of(kHead + "services:\n- name: s\n  host: h.example\n");
  ASSERT_EQ(policy.services.size(), 1u);
  const policy::Service& service = policy.services[0];
  EXPECT_EQ(service.port.value, 80);
  EXPECT_EQ(service.retries, 5);
  EXPECT_EQ(service.read_timeout, Duration::seconds(60));
  EXPECT_EQ(kong_entities(policy, "services", {})[0]["id"], service.id.to_string());
}

TEST(PolicyLoader, Url_StandsForItsParts) {
  const policy::Policy policy = policy_of(kHead +
                                          "services:\n"
                                          "- {name: a, url: 'https://h.example/base'}\n"
                                          "- {name: b, url: 'http://[2001:db8::1]:8080'}\n");
  ASSERT_EQ(policy.services.size(), 2u);
  EXPECT_EQ(policy.services[0].protocol, policy::Protocol::kHttps);
  EXPECT_EQ(policy.services[0].port.value, 443);
  EXPECT_EQ(policy.services[0].path, "/base");
  EXPECT_EQ(policy.services[1].host, "2001:db8::1");
  EXPECT_EQ(policy.services[1].port.value, 8080);
}

TEST(PolicyLoader, NestedAndTopLevel_ComeToTheSame) {
  const policy::Policy nested = policy_of(kHead + R"(
services:
- name: s
  host: h.example
  routes:
  - name: r
    paths: [/a]
    plugins:
    - name: cors
consumers:
- username: c
  keyauth_credentials:
  - key: k
    id: 11111111-1111-4111-8111-111111111111
)");
  const policy::Policy flat = policy_of(kHead + R"(
plugins:
- {name: cors, route: r, id: )" + nested.plugins.at(0).id.to_string() +
                                        R"(}
keyauth_credentials:
- {key: k, consumer: {username: c}, id: 11111111-1111-4111-8111-111111111111}
routes:
- {name: r, paths: [/a], service: {name: s}}
consumers: [{username: c}]
services: [{name: s, host: h.example}]
)");
  EXPECT_EQ(to_text(nested.fingerprint), to_text(flat.fingerprint));
}

TEST(PolicyLoader, Reference_MayBeAnId) {
  const policy::Policy policy = policy_of(kHead + R"(
services: [{name: s, host: h.example, id: 22222222-2222-4222-8222-222222222222}]
routes: [{name: r, paths: [/a], service: {id: 22222222-2222-4222-8222-222222222222}}]
)");
  ASSERT_TRUE(policy.routes.at(0).service);
  EXPECT_EQ(policy[*policy.routes[0].service].name, "s");
}

TEST(PolicyLoader, Format11_TurnsRegexPathsIntoRegexes) {
  const policy::Policy policy = policy_of(R"(
_format_version: "1.1"
services:
- name: s
  host: h.example
  routes:
  - name: r
    paths: ["/a/\\d+", "/plain/../x", "/caf%C3%A9/[a-z]+%2e"]
)");
  EXPECT_EQ(policy.routes.at(0).paths, (std::vector<std::string>{"~/a/\\d+", "/x", "~/caf\xc3\xa9/[a-z]+\\."}));
}

TEST(PolicyLoader, HashOn_ImpliesConsistentHashing) {
  const policy::Policy policy = policy_of(kHead + "upstreams: [{name: u.example, hash_on: ip}]\n");
  EXPECT_EQ(policy.upstreams.at(0).algorithm, policy::Algorithm::kConsistentHashing);
}

TEST(PolicyLoader, LeastConnectionsAndLatency_HashNothing) {
  for (const auto& [name, algorithm] : {std::pair("least-connections", policy::Algorithm::kLeastConnections),
                                        std::pair("latency", policy::Algorithm::kLatency)}) {
    const policy::Policy policy =
        policy_of(kHead + "upstreams: [{name: u.example, hash_on: ip, algorithm: " + name + "}]\n");
    EXPECT_EQ(policy.upstreams.at(0).algorithm, algorithm);
    EXPECT_EQ(policy.upstreams.at(0).hash_on, policy::HashOn::kNone);
  }
}

TEST(PolicyLoader, FlatRedisFields_AreTheNestedOnes) {
  const policy::Policy policy = policy_of(kHead + R"(
plugins:
- name: rate-limiting
  config: {minute: 5, policy: redis, redis_host: limits.example, redis_port: 6380, redis_password: p, redis_username: u,
    redis_database: 3, redis_timeout: 700, redis_ssl: false}
)");
  const auto& redis = std::get<policy::RateLimitingConfig>(policy.plugins.at(0).config).redis;
  EXPECT_EQ(redis.host, "limits.example");
  EXPECT_EQ(redis.port, Port{6380});
  EXPECT_EQ(redis.password.reveal(), "p");
  EXPECT_EQ(redis.username.reveal(), "u");
  EXPECT_EQ(redis.database, 3u);
  EXPECT_EQ(redis.timeout, Duration::milliseconds(700));
}

TEST(PolicyLoader, Target_HasPort8000WhereNoneIsGiven) {
  const policy::Policy policy =
      policy_of(kHead + "upstreams: [{name: u.example, targets: [{target: 'x.example'}, {target: '[::1]:81'}]}]\n");
  ASSERT_EQ(policy.upstreams.at(0).targets.size(), 2u);
  EXPECT_EQ(policy.upstreams[0].targets[0].target, (policy::HostPort{"x.example", Port{8000}}));
  EXPECT_EQ(policy.upstreams[0].targets[1].target, (policy::HostPort{"::1", Port{81}}));
}

TEST(PolicyLoader, UnnamedEntities_GetTheSameIdsOnEachLoad) {
  const std::string text = kHead + R"(
services:
- host: h.example
  routes: [{paths: [/a]}, {paths: [/a]}, {paths: [/b]}]
consumers:
- custom_id: only
  keyauth_credentials: [{key: one}, {key: two}]
)";
  const policy::Policy first = policy_of(text);
  const policy::Policy second = policy_of(text);
  ASSERT_EQ(first.routes.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(first.routes[i].id, second.routes[i].id);
  EXPECT_NE(first.routes[0].id, first.routes[1].id);
  EXPECT_EQ(first.consumers.at(0).id, second.consumers.at(0).id);
  EXPECT_NE(first.consumers[0].keyauth_credentials.at(0).id, first.consumers[0].keyauth_credentials.at(1).id);
}

TEST(PolicyLoader, Fingerprint_SeesSecretsAndDefaultsAlike) {
  const auto with_key = [](const std::string& key) {
    return policy_of(kHead +
                     "consumers: [{username: c, id: 11111111-1111-4111-8111-111111111111, jwt_secrets: [{id: "
                     "11111111-1111-4111-8111-111111111112, key: k, secret: '" +
                     key + "'}]}]\n")
        .fingerprint;
  };
  EXPECT_EQ(with_key("one"), with_key("one"));
  EXPECT_NE(with_key("one"), with_key("two"));
  const auto written = policy_of(kHead + "services: [{name: s, host: h.example, retries: 5}]\n");
  const auto filled = policy_of(kHead + "services: [{name: s, host: h.example}]\n");
  EXPECT_EQ(written.fingerprint, filled.fingerprint);
}

TEST(PolicyLoader, CanonicalForm_HasNoSecrets) {
  const policy::Policy policy =
      policy_of(kHead +
                "consumers: [{username: c, jwt_secrets: [{key: k, secret: 'open-sesame'}], keyauth_credentials: [{key: "
                "'my-api-key'}]}]\nedge: {keys: [{id: e, algorithm: HS256, secret: 'edge-secret'}]}\n");
  const std::string canonical = canonical_json(policy);
  EXPECT_EQ(canonical.find("open-sesame"), std::string::npos);
  EXPECT_EQ(canonical.find("my-api-key"), std::string::npos);
  EXPECT_EQ(canonical.find("edge-secret"), std::string::npos);
  write_policy(policy, SecretStyle::kRedacted,
               [](std::string_view piece) { EXPECT_EQ(piece.find("sesame"), std::string_view::npos); });
}

TEST(PolicyLoader, DeckKeys_AreTakenWithAWarning) {
  const LoadedPolicy loaded = load_policy(
      kHead + "_info: {defaults: {}}\n_workspace: w\n_comment: c\nservices: [{name: s, host: h, created_at: 5}]\n",
      "p");
  EXPECT_TRUE(loaded.policy);
  EXPECT_EQ(lines(loaded.diagnostics.warnings()),
            (std::vector<std::string>{"p:2:1: _info: not used", "p:3:1: _workspace: not used",
                                      "p:5:43: service 's' (services[0]): created_at: timestamps are not used"}));
}

TEST(PolicyLoader, OctalNumber_IsTheLimitThatKongTakes) {
  const policy::Policy policy = policy_of(kHead + "plugins: [{name: rate-limiting, config: {minute: 010}}]\n");
  EXPECT_EQ(std::get<policy::RateLimitingConfig>(policy.plugins[0].config).limits[1], 8);
}

TEST(PolicyLoader, PortOfAUrl_IsDecimalWhateverZerosItHas) {
  EXPECT_EQ(policy_of(kHead + "services: [{name: s, url: 'http://h:0010/'}]\n").services[0].port, Port{10});
}

TEST(PolicyLoader, KeyThatEnds_IsTakenAndOneThatLongHasIsWarnedOf) {
  const LoadedPolicy loaded =
      load_policy(kHead +
                      "consumers: [{username: c, keyauth_credentials: [{key: a, ttl: 4000000000}, {key: b, ttl: "
                      "3600}, {key: c, ttl: null}]}]\n",
                  "p");
  ASSERT_TRUE(loaded.policy);
  const auto& keys = loaded.policy->consumers[0].keyauth_credentials;
  EXPECT_FALSE(keys[0].has_ended(3'999'999'999));
  EXPECT_TRUE(keys[0].has_ended(4'000'000'000));
  EXPECT_TRUE(keys[1].has_ended(1'700'000'000));
  EXPECT_FALSE(keys[2].has_ended(INT64_MAX));
  EXPECT_EQ(lines(loaded.diagnostics.warnings()),
            std::vector<std::string>{"p:2:90: keyauth_credential (consumers[0].keyauth_credentials[1]): ttl: says when "
                                     "the key ends, in seconds since 1970, and is over: nobody can use it"});
}

TEST(PolicyLoader, LogsEndpoint_IsTakenBesideTheTracesWithAWarning) {
  const std::string plugin = kHead + "plugins: [{name: opentelemetry, config: {logs_endpoint: 'http://l'";
  const std::string reason =
      "p:2:57: plugin 'opentelemetry' (plugins[0]): config.logs_endpoint: Sluice exports spans alone: its own logs go "
      "to "
      "the files that the node file names under logs";
  const LoadedPolicy both = load_policy(plugin + ", traces_endpoint: 'http://t'}}]\n", "p");
  EXPECT_TRUE(both.policy);
  EXPECT_EQ(lines(both.diagnostics.warnings()), std::vector<std::string>{reason});
  EXPECT_EQ(mistakes(plugin + "}}]\n"), std::vector<std::string>{reason});
}

TEST(PolicyLoader, FileThatIsNotAdmitted_IsRefusedBeforeItIsReadOrAfter) {
  const std::string text = kHead + "services: [{name: s, host: h, tags: &t [a, b, c]}, {name: u, host: h, tags: *t}]\n";
  for (const bool refused_when_read : {false, true}) {
    std::vector<std::pair<uint32_t, bool>> asked;
    const LoadedPolicy loaded =
        load_policy(text, "p", policy::OnMistake::kRefuse, {}, [&](uint32_t values, bool is_read) {
          asked.emplace_back(values, is_read);
          return is_read == refused_when_read ? std::string("too much") : std::string();
        });
    EXPECT_FALSE(loaded.policy);
    EXPECT_EQ(lines(loaded.diagnostics.errors()), std::vector<std::string>{"p: too much"});
    ASSERT_EQ(asked.size(), refused_when_read ? 2u : 1u);
    EXPECT_EQ(asked.back(), (std::pair<uint32_t, bool>{17, refused_when_read}));
  }
}

// What loads, and then cannot be served, is told before requests find it out.
TEST(PolicyLoader, ProtocolsThatAreNotThere_AreTaken_WithAWarning) {
  const LoadedPolicy loaded = load_policy(kHead +
                                              "services:\n"
                                              "- {name: t, url: 'https://h'}\n"
                                              "- {name: g, host: h, protocol: grpc}\n"
                                              "- {name: idle, host: h, protocol: grpc, enabled: false}\n"
                                              "- {name: h, host: h}\n"
                                              "routes:\n"
                                              "- {name: t, paths: [/t], protocols: [https]}\n"
                                              "- {name: r, paths: [/r], protocols: [https], "
                                              "https_redirect_status_code: 301}\n"
                                              "- {name: g, paths: [/g], protocols: [grpc, grpcs]}\n"
                                              "- {name: h, paths: [/h], protocols: [https, http]}\n",
                                          "p");
  EXPECT_TRUE(loaded.policy);
  const std::string tls_route = " Sluice does not terminate TLS: requests for this route are answered ";
  const std::string trusted = ", but for those of a trusted proxy that say X-Forwarded-Proto: https";
  EXPECT_EQ(lines(loaded.diagnostics.warnings()),
            (std::vector<std::string>{
                "p:3:3: service 't' (services[0]): Sluice does not speak https to origins: requests for this service "
                "are answered 502",
                "p:4:32: service 'g' (services[1]): Sluice does not speak grpc to origins: requests for this service "
                "are answered 502",
                "p:8:37: route 't' (routes[0]):" + tls_route + "426" + trusted,
                "p:9:37: route 'r' (routes[1]):" + tls_route + "301" + trusted,
                "p:10:37: route 'g' (routes[2]): Sluice does not speak HTTP/2, which gRPC needs: requests for this "
                "route are answered 426, or 415"}));
}

TEST(PolicyLoader, OlderFieldsOfLoggers_MeanWhatTheyMeanInKong) {
  const policy::Policy policy = policy_of(
      kHead +
      "plugins:\n"
      "- {name: http-log, config: {http_endpoint: 'http://h', retry_count: 10, queue_size: 5, flush_timeout: 2}}\n"
      "- {name: opentelemetry, config: {endpoint: 'http://h/v1/traces', batch_flush_delay: 7}}\n");
  const policy::LogQueue queue = std::get<policy::HttpLogConfig>(policy.plugins.at(0).config).effective_queue();
  EXPECT_EQ(queue.max_batch_size, 5u);
  EXPECT_EQ(queue.max_coalescing_delay, Duration::seconds(1)) << "what was the default says nothing";
  const auto& traces = std::get<policy::OpentelemetryConfig>(policy.plugins.at(1).config);
  EXPECT_EQ(traces.traces_endpoint.reveal(), "http://h/v1/traces");
  EXPECT_EQ(traces.effective_queue().max_coalescing_delay, Duration::seconds(7));
  EXPECT_EQ(traces.effective_queue().max_batch_size, 200u);
}

// Of the field's default nothing counts where a record is given: as with Kong, one that names another field has a
// batch of 1.
TEST(PolicyLoader, QueueOfSpans_ThatIsGiven_HasTheDefaultsOfEveryQueue) {
  const auto config = [](const std::string& rest) {
    const policy::Policy policy =
        policy_of(kHead + "plugins:\n- {name: opentelemetry, config: {traces_endpoint: 'http://h'" + rest + "}}\n");
    return std::get<policy::OpentelemetryConfig>(policy.plugins.at(0).config).effective_queue();
  };
  EXPECT_EQ(config("").max_batch_size, 200u);
  EXPECT_EQ(config(", queue: {max_entries: 5}").max_batch_size, 1u);
}

// What Kong's schema does not require may be null; what is then not said has its default.
TEST(PolicyLoader, Null_IsTheDefault) {
  const policy::Policy policy = policy_of(kHead + R"(
services:
- {name: s, host: h, retries: null, path: null, connect_timeout: null, read_timeout: null, write_timeout: null,
   client_certificate: null, ca_certificates: null, tls_verify: null, tls_verify_depth: null, tags: null,
   routes: [{name: r, paths: [/a], methods: null, hosts: null, headers: null, snis: null, sources: null,
             destinations: null, regex_priority: null, path_handling: null, tags: null}]}
upstreams:
- {name: u.example, algorithm: null, hash_on: null, hash_fallback: null, hash_on_cookie_path: null, slots: null,
   healthchecks: null, host_header: null, use_srv_name: null, client_certificate: null,
   targets: [{target: "a:1", weight: null}]}
- {name: v.example, healthchecks: {threshold: null, passive: null, active: {type: null, timeout: null,
   concurrency: null, http_path: null, https_sni: null, headers: null, healthy: null,
   unhealthy: {interval: null, http_statuses: null}}}}
)");
  EXPECT_EQ(policy.services.at(0).retries, 5u);
  EXPECT_EQ(policy.services.at(0).read_timeout, Duration::seconds(60));
  EXPECT_EQ(policy.upstreams.at(0).slots, 10000u);
  EXPECT_EQ(policy.upstreams.at(0).targets.at(0).weight, 100u);
  for (const policy::Upstream& upstream : policy.upstreams) {
    EXPECT_EQ(upstream.healthchecks.active.http_path, "/");
    EXPECT_EQ(upstream.healthchecks.active.unhealthy.http_statuses.size(), 8u);
  }
}

struct Mistake {
  const char* name;
  const char* text;  // after the head line
  std::vector<std::string> expected;
};

class PolicyMistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(PolicyMistakes, AreAllSaidWithTheirPlace) {
  EXPECT_EQ(mistakes(kHead + GetParam().text), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Table, PolicyMistakes,
    ::testing::Values(
        Mistake{"UnknownField",
                "services:\n- name: s\n  host: h\n  hots: x\n",
                {"p:5:3: service 's' (services[0]): hots: unknown field"}},
        Mistake{"NumberForString",
                "services:\n- name: 5\n  host: h\n",
                {"p:3:9: service (services[0]): name: expected a string (put it in quotes); found number 5"}},
        Mistake{"StringForNumber",
                "services:\n- name: s\n  host: h\n  port: '80'\n",
                {"p:5:9: service 's' (services[0]): port: expected an integer; found \"80\""}},
        Mistake{"BothReferencesWrong",
                "routes:\n- {name: r, paths: [/a], service: ghost}\nplugins:\n- {name: rate-limiting, config: "
                "{minute: 1}, "
                "route: r, consumer: {id: x}}\n",
                {"p:3:35: route 'r' (routes[0]): service: invalid reference 'service: ghost' (no such entry in "
                 "'services')",
                 "p:5:66: plugin 'rate-limiting' (plugins[0]): consumer: invalid reference 'consumer: x' (no such "
                 "entry in "
                 "'consumers')"}},
        Mistake{"NestedNamesItsParent",
                "services:\n- name: s\n  host: h\n  routes:\n  - {name: r, paths: [/a], service: t}\n",
                {"p:6:37: route 'r' (services[0].routes[0]): service: invalid reference 'service: t' (no such entry in "
                 "'services')"}},
        Mistake{
            "FlatRedisFieldBesideAnother",
            "plugins:\n- name: rate-limiting\n  config: {minute: 5, policy: redis, redis: {host: a}, redis_host: "
            "b}\n",
            {"p:4:68: plugin 'rate-limiting' (plugins[0]): config.redis_host: both deprecated and new field are used "
             "but their values mismatch (remove the older one)"}},
        Mistake{
            "SyncRateBeyondWhatATimeCanSay",
            "plugins:\n- name: rate-limiting\n  config: {minute: 5, policy: redis, redis: {host: a}, sync_rate: "
            "1e300}\n",
            {"p:4:67: plugin 'rate-limiting' (plugins[0]): config.sync_rate: value must be at most 1000000000; found "
             "number 1e300"}},
        Mistake{
            "RedisWithoutHostAndWithTls",
            "plugins:\n- name: rate-limiting\n  config: {minute: 5, policy: redis, redis: {ssl: true}}\n",
            {"p:4:45: plugin 'rate-limiting' (plugins[0]): config.redis.host: required field missing",
             "p:4:11: plugin 'rate-limiting' (plugins[0]): failed conditional validation given value of field "
             "'config.policy'",
             "p:4:51: plugin 'rate-limiting' (plugins[0]): config.redis.ssl: there is no TLS to Redis: hiredis 0.14 "
             "lacks it; use a tunnel on this machine"}},
        Mistake{"KeyTwice",
                "consumers:\n- username: a\n  keyauth_credentials: [{key: same-key}]\n- username: b\n"
                "  keyauth_credentials: [{key: same-key}]\n",
                {"p:6:25: keyauth_credential (consumers[1].keyauth_credentials[0]): uniqueness violation: "
                 "'keyauth_credentials' entity with key set to '***' already declared (line 4)"}},
        Mistake{
            "CustomIdTwice",
            "consumers:\n- {username: a, custom_id: x}\n- {username: b, custom_id: x}\n",
            {"p:4:3: consumer 'b' (consumers[1]): uniqueness violation: 'consumers' entity with custom_id set to 'x' "
             "already declared (line 3)"}},
        Mistake{
            "NotThere",
            "keys: [{kid: x}]\nkey_sets: []\nroutes:\n- {name: r, paths: [/a], sources: [{ip: 192.0.2.1}]}\n",
            {"p:2:1: keys: not supported (no plugin of Sluice's uses them: give a consumer jwt_secrets, or name keys "
             "under edge)",
             "p:5:35: route 'r' (routes[0]): sources: cannot set 'sources' when 'protocols' is 'http' or 'https'; "
             "found a list"}},
        Mistake{
            "LuaPlugin",
            "plugins:\n- name: pre-function\n  config: {access: ['x']}\n",
            {"p:3:9: plugin 'pre-function' (plugins[0]): name: plugin 'pre-function' not enabled; add it to the "
             "'plugins' configuration property (plugin 'pre-function' is not supported; it is Lua, which Sluice does "
             "not run: use an edge rule)"}},
        Mistake{"LongerWindowsThatAllowLess",
                "plugins:\n- name: rate-limiting\n  config: {second: 10, minute: 20, hour: 5, sync_rate: 1}\n",
                {"p:4:11: plugin 'rate-limiting' (plugins[0]): config: The limit for hour(5.0) cannot be lower than "
                 "the limit for second(10.0)"}},
        Mistake{"LogFields",
                "plugins:\n"
                "- {name: file-log, config: {path: 'a*b', custom_fields_by_lua: {x: 'return a()'}}}\n"
                "- {name: http-log, config: {http_endpoint: 'nowhere'}}\n"
                "- {name: http-log, service: s, config: {http_endpoint: 'http://h', headers: {host: x}}}\n"
                "- {name: http-log, service: t, config: {http_endpoint: 'http://u:p@h', headers: {authorization: x}}}\n"
                "- {name: http-log, service: u, config: {http_endpoint: 'http://h', queue: {concurrency_limit: 0}}}\n"
                "- {name: opentelemetry, config: {sampling_rate: 1}}\n"
                "services: [{name: s, host: h}, {name: t, host: h}, {name: u, host: h}]\n",
                {"p:3:64: plugin 'file-log' (plugins[0]): config.custom_fields_by_lua: 'x' is more than `return` "
                 "and a constant or kong.request.get_header(\"…\"): Sluice runs no Lua; a header that "
                 "request-transformer or response-transformer sets is "
                 "in the record, other fields are added where the records are collected",
                 "p:3:35: plugin 'file-log' (plugins[0]): config.path: not a valid filename",
                 "p:4:44: plugin 'http-log' (plugins[1]): config.http_endpoint: missing host in url",
                 "p:5:77: plugin 'http-log' (plugins[2]): config.headers: cannot contain 'Host' header",
                 "p:6:40: plugin 'http-log' (plugins[3]): config: specifying both an 'Authorization' header and user "
                 "info in 'http_endpoint' is not allowed",
                 "p:7:95: plugin 'http-log' (plugins[4]): config.queue.concurrency_limit: expected one of: -1, 1",
                 "p:8:33: plugin 'opentelemetry' (plugins[5]): at least one of these fields must be non-empty: "
                 "'traces_endpoint', 'logs_endpoint'"}},
        Mistake{"LimitWithoutAWindow",
                "plugins:\n- name: response-ratelimiting\n  config: {limits: {video: {}}}\n",
                {"p:4:28: plugin 'response-ratelimiting' (plugins[0]): at least one of these fields must be non-empty: "
                 "'second', 'minute', 'hour', 'day', 'month', 'year' (of 'video')"}},
        Mistake{"RedirectToAPath",
                "plugins:\n- name: redirect\n  config: {location: /a}\n",
                {"p:4:22: plugin 'redirect' (plugins[0]): config.location: missing host in url"}},
        Mistake{"SecretsAreNotShown",
                "consumers:\n- username: a\n  jwt_secrets: [{key: k, secret: 4711}]\n  keyauth_credentials: [{key: "
                "4712}]\n",
                {"p:5:31: keyauth_credential (consumers[0].keyauth_credentials[0]): key: expected a string (put it in "
                 "quotes)",
                 "p:4:34: jwt_secret (consumers[0].jwt_secrets[0]): secret: expected a string (put it in quotes)"}},
        Mistake{"StreamRoute",
                "routes:\n- {name: r, protocols: [tcp], paths: [/a]}\n",
                {"p:3:24: route 'r' (routes[0]): protocols: routes of tcp, tls, tls_passthrough and udp are not "
                 "supported yet",
                 "p:3:38: route 'r' (routes[0]): paths: cannot set 'paths' when 'protocols' is 'tcp', 'tls', "
                 "'tls_passthrough' or 'udp'",
                 "p:3:3: route 'r' (routes[0]): must set one of 'sources', 'destinations', 'snis' when 'protocols' is "
                 "'tcp', 'tls' or 'udp'"}},
        Mistake{"HttpWithGrpc",
                "routes:\n- {name: r, protocols: [http, grpc], paths: [/a]}\n",
                {"p:3:24: route 'r' (routes[0]): protocols: these sets are mutually exclusive: "
                 "('http', 'https'), ('grpc', 'grpcs')"}},
        Mistake{"SameHeaderToHashTwice",
                "upstreams:\n- {name: u, hash_on: header, hash_on_header: A, hash_fallback: header, "
                "hash_fallback_header: A}\n",
                {"p:3:3: upstream 'u' (upstreams[0]): values of these fields must be distinct: 'hash_on_header', "
                 "'hash_fallback_header'"}},
        Mistake{"BadUrl",
                "services:\n- {name: s, url: nonsense}\n",
                {"p:3:18: service 's' (services[0]): host: required field missing",
                 "p:3:18: service 's' (services[0]): path: should start with: /; found \"nonsense\""}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(PolicyLoader, Mistakes_AreBounded) {
  std::string text = kHead + "services:\n";
  for (int i = 0; i < 3000; ++i) text += "- {zzz: 1}\n";
  const LoadedPolicy loaded = load_policy(text, "p");
  EXPECT_EQ(loaded.diagnostics.errors().size(), Diagnostics::kMost);
  EXPECT_EQ(loaded.diagnostics.suppressed(), 6000u - Diagnostics::kMost);
}

}  // namespace
}  // namespace sluice::config
