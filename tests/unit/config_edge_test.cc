// The edge section: what rules may say, and the header schema that they keep.
#include "config_support.h"

#include "config/canonical.h"
#include "config/kong_json.h"

namespace sluice::config {
namespace {

// Everything that a rule can say, once.
const std::string kWhole = R"(_format_version: "3.0"
edge:
  schema:
    version: "1.2"
    headers:
    - {name: X-User, type: string, written_by: edge, read_by: [gateway], to_origin: true}
    - {name: X-Client, type: address, written_by: edge}
    - {name: X-Tier, type: integer, written_by: edge}
  keys:
  - {id: shared, algorithm: HS256, secret: a-secret-of-thirty-two-characters}
  rules:
  - name: all
    match:
      hosts: [api.example, "*.shop.example"]
      path_regex: /v(\d)/(.*)
      methods: [GET]
      headers: [{name: X-Beta, regex: "^y"}]
    strip: [X-Debug]
    verify: {keys: [shared], issuers: [me], audiences: [you], required_claims: [sub], leeway: 5s}
    enrich:
    - {header: X-User, from: claim, claim: sub}
    - {header: X-Client, from: client_address}
    - {header: X-Tier, from: fixed, value: "3"}
    rewrite:
      path_regex: {pattern: "^/v(\\d)/", to: "/$1/"}
      host: inner.example
      query: {remove: [debug], set: {a: "1"}, add: [[b, "1"], [b, "2"]]}
    response_headers: {remove: [Server-Timing], set: {Strict-Transport-Security: max-age=60}}
  - name: moved
    match: {path_regex: /old/(.*)}
    redirect: {status: 308, location: "https://new.example/$1"}
  - name: hello
    match: {path_prefix: /hello}
    respond: {status: 200, body: hi, headers: {X-Own: "1"}}
)";

TEST(EdgeSection, WholeRule_IsLoaded) {
  const policy::Edge edge = policy_of(kWhole).edge;
  ASSERT_EQ(edge.rules.size(), 3u);
  const policy::EdgeRule& rule = edge.rules[0];
  EXPECT_EQ(rule.verify->leeway, Duration::seconds(5));
  EXPECT_EQ(rule.enrich.at(1).from, policy::EnrichFrom::kClientAddress);
  EXPECT_EQ(rule.rewrite->query->add, (std::vector<policy::NamedValue>{{"b", "1"}, {"b", "2"}}));
  EXPECT_EQ(edge.rules[1].redirect->location, "https://new.example/$1");
  EXPECT_EQ(edge.keys.at(0).algorithm, policy::JwsAlgorithm::kHs256);
}

TEST(EdgeSection, PrintedPolicy_LoadsToTheSameFingerprint) {
  const policy::Policy policy = policy_of(kWhole + R"(
services:
- name: s
  url: http://h.example/base
  routes: [{name: r, paths: [/a], headers: {X-A: [b]}, plugins: [{name: rate-limiting, config: {minute: 5}}]}]
upstreams: [{name: u.example, targets: [{target: "198.18.1.2:80"}], healthchecks: {active: {healthy: {interval: 0.5}}}}]
consumers: [{username: c, acls: [{group: g}], keyauth_credentials: [{key: k}]}]
)");
  const policy::Policy again = policy_of(to_kong_json(policy, WallTime{1'000'000'000}).dump());
  EXPECT_EQ(to_text(policy.fingerprint), to_text(again.fingerprint));
}

TEST(EdgeSection, KeyFile_IsReadBesideThePolicy) {
  const auto directory = std::filesystem::temp_directory_path() / "sluice_config_edge_test";
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "keys.json") << R"({"keys": []})";
  const std::string text = "_format_version: \"3.0\"\nedge: {keys: [{id: a, jwks_file: keys.json}]}\n";
  const std::filesystem::path file = directory / "policy.yaml";
  std::ofstream(file) << text;
  const LoadedPolicy beside = load_policy(text, file);
  const LoadedPolicy elsewhere = load_policy(text, "POST /config");
  std::filesystem::remove_all(directory);
  ASSERT_TRUE(beside.policy);
  EXPECT_EQ(beside.policy->edge.keys.at(0).jwks, R"({"keys": []})");
  EXPECT_EQ(
      lines(elsewhere.diagnostics.errors()),
      (std::vector<std::string>{"p:2:15: edge key (edge.keys[0]): jwks_file: expected an absolute name: this policy "
                                "does not come from a file"}));
}

struct Mistake {
  const char* name;
  const char* edge;  // from the third line on
  std::vector<std::string> expected;
};

class EdgeMistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(EdgeMistakes, AreAllSaidWithTheirPlace) {
  EXPECT_EQ(mistakes(std::string("_format_version: \"3.0\"\nedge:\n") + GetParam().edge), GetParam().expected);
}

const char* const kSchema =
    "  schema: {headers: [{name: X-User, written_by: edge}, {name: X-Gate, written_by: gateway}]}\n";

INSTANTIATE_TEST_SUITE_P(
    Table, EdgeMistakes,
    ::testing::Values(
        Mistake{
            "HeaderOutsideTheSchema",
            "  rules:\n  - name: r\n    enrich: [{header: X-Other, from: fixed, value: x}]\n",
            {"p:5:23: edge rule 'r' (edge.rules[0]): enrich[0].header: the schema does not name the header 'X-Other'"}},
        Mistake{"HeaderOfTheGateway",
                "  schema: {headers: [{name: X-Gate, written_by: gateway}]}\n"
                "  rules:\n  - name: r\n    enrich: [{header: x-gate, from: fixed, value: x}]\n",
                {"p:6:23: edge rule 'r' (edge.rules[0]): enrich[0].header: the schema says that the gateway writes "
                 "'X-Gate'"}},
        Mistake{"ValueOfAnotherType",
                "  schema: {headers: [{name: X-N, type: integer}]}\n"
                "  rules:\n  - name: r\n    enrich: [{header: X-N, from: fixed, value: many}]\n",
                {"p:6:48: edge rule 'r' (edge.rules[0]): enrich[0].value: the schema says that 'X-N' is of the type "
                 "integer"}},
        Mistake{"NobodyWrites",
                "  schema: {headers: [{name: X-User, read_by: [gateway]}]}\n",
                {"p:3:46: schema header 'X-User' (edge.schema.headers[0]): read_by: no rule writes this header"}},
        Mistake{"FramingHeader",
                "  schema: {headers: [{name: Content-Length}]}\n",
                {"p:3:29: schema header 'Content-Length' (edge.schema.headers[0]): name: Sluice writes this header "
                 "itself"}},
        Mistake{"ReservedHeaders",
                "  rules:\n  - name: r\n    strip: [expect, Host]\n    response_headers: {set: {proxy-connection: a}, "
                "remove: [TE]}\n",
                {"p:5:13: edge rule 'r' (edge.rules[0]): strip[0]: Sluice writes this header itself",
                 "p:5:21: edge rule 'r' (edge.rules[0]): strip[1]: Sluice writes this header itself",
                 "p:6:48: edge rule 'r' (edge.rules[0]): response_headers.set.proxy-connection: Sluice writes this "
                 "header itself",
                 "p:6:60: edge rule 'r' (edge.rules[0]): response_headers.remove: TE is written by Sluice itself"}},
        Mistake{"SchemaVersion",
                "  schema: {version: '1'}\n",
                {"p:3:21: edge.schema.version: expected MAJOR.MINOR, such as \"1.0\""}},
        Mistake{"UnknownKey",
                "  keys: [{id: a, algorithm: HS256, secret: s}]\n  rules: [{name: r, verify: {keys: [b]}}]\n",
                {"p:4:37: edge rule 'r' (edge.rules[0]): verify.keys[0]: no key in edge.keys has the id 'b'"}},
        Mistake{"PublicKeyForHmac",
                "  keys: [{id: a, algorithm: HS256, public_key: x}]\n",
                {"p:3:48: edge key (edge.keys[0]): public_key: invalid key",
                 "p:3:29: edge key (edge.keys[0]): algorithm: a public key cannot verify HS256"}},
        Mistake{"ClaimNotNamed",
                "  rules: [{name: r, enrich: [{header: X-A, from: claim, value: x}]}]\n",
                {"p:3:30: edge rule 'r' (edge.rules[0]): enrich[0].claim: required with 'from: claim'",
                 "p:3:64: edge rule 'r' (edge.rules[0]): enrich[0].value: only with 'from: fixed'"}},
        Mistake{"CaptureOfNothing",
                "  rules:\n  - name: a\n    match: {path_regex: '/a/(.*)'}\n    redirect: {location: '/$2'}\n"
                "  - name: b\n    rewrite: {path_regex: {pattern: '(a)', to: '/$x'}}\n",
                {"p:6:26: edge rule 'a' (edge.rules[0]): redirect.location: '$2' stands for nothing: the regex has 1 "
                 "groups",
                 "p:8:48: edge rule 'b' (edge.rules[1]): rewrite.path_regex.to: expected a digit or '$' after '$'"}},
        Mistake{
            "CaptureWithoutRegex",
            "  rules: [{name: r, redirect: {location: '/$0'}}]\n",
            {"p:3:42: edge rule 'r' (edge.rules[0]): redirect.location: '$0' stands for nothing: there is no regex"}},
        Mistake{"TwoAnswers",
                "  rules: [{name: r, redirect: {location: /a}, respond: {body: x}}]\n",
                {"p:3:56: edge rule 'r' (edge.rules[0]): respond: give either 'redirect' or 'respond'"}},
        Mistake{
            "HeaderInjection",
            "  rules: [{name: r, response_headers: {set: {X-A: \"a\\r\\nb\"}}}]\n",
            {"p:3:51: edge rule 'r' (edge.rules[0]): response_headers.set.X-A: control characters are not allowed in a "
             "header value; found \"a\\x0d\\x0ab\""}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(EdgeSection, PluginThatMayNotReadAHeader_IsRefused) {
  EXPECT_EQ(
      mistakes(std::string("_format_version: \"3.0\"\nedge:\n") + kSchema +
               "plugins:\n- {name: rate-limiting, config: {minute: 1, limit_by: header, header_name: x-user}}\n"),
      (std::vector<std::string>{
          "p:5:3: plugin 'rate-limiting': config.header_name: the schema does not let the gateway read 'x-user'"}));
}

}  // namespace
}  // namespace sluice::config
