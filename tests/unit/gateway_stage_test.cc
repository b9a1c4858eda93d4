// The gateway stage as the exchange sees it: which plugins run and on which answers, where a request goes, what it
// says.
#include "gateway_support.h"

namespace sluice::gateway {
namespace {

constexpr char kService[] =
    "_format_version: '3.0'\nservices:\n- name: s\n  url: http://198.18.1.2:9701/base\n  routes:\n";

std::string service_with(const std::string& rest) {
  return kService + rest;
}

std::string adds(const std::string& value) {
  return "{name: response-transformer, config: {add: {headers: ['X-By:" + value + "']}}";
}

TEST(PluginChain, MostSpecificScopeRunsAlone) {
  TestGateway gateway(service_with("  - {name: own, paths: [/own], plugins: [" + adds("route") + "}]}\n" +
                                   "  - {name: bare, paths: [/bare]}\n" + "  plugins: [" + adds("service") + "}]\n" +
                                   "- {name: t, url: 'http://198.18.1.2', routes: [{name: t, paths: [/t]}]}\n" +
                                   "plugins: [" + adds("global") + "}]\n"));
  EXPECT_EQ(value_of(gateway.get("/own").headers, "X-By"), "route");
  EXPECT_EQ(value_of(gateway.get("/bare").headers, "X-By"), "service");
  EXPECT_EQ(value_of(gateway.get("/t").headers, "X-By"), "global");
}

TEST(PluginChain, ConsumerGroup_StandsBetweenItsConsumersAndTheRest) {
  TestGateway gateway(service_with("  - {name: a, paths: [/a], plugins: [{name: key-auth}]}\n"
                                   "  - {name: b, paths: [/b], plugins: [{name: key-auth}, " +
                                   adds("route") + "}]}\n") +
                      "consumer_groups: [{name: gold, plugins: [" + adds("gold") + "}]}, {name: silver, plugins: [" +
                      adds("silver") +
                      "}]}]\nconsumers:\n"
                      "- {username: ann, groups: [gold, silver], keyauth_credentials: [{key: of-ann}]}\n"
                      "- {username: bob, groups: [gold], keyauth_credentials: [{key: of-bob}], plugins: [" +
                      adds("bob") +
                      "}]}\n"
                      "- {username: eve, keyauth_credentials: [{key: of-eve}]}\nplugins: [" +
                      adds("global") + "}]\n");
  EXPECT_EQ(value_of(gateway.get("/a", {{"apikey", "of-ann"}}).headers, "X-By"), "gold");
  EXPECT_EQ(value_of(gateway.get("/b", {{"apikey", "of-ann"}}).headers, "X-By"), "gold");
  EXPECT_EQ(value_of(gateway.get("/a", {{"apikey", "of-bob"}}).headers, "X-By"), "bob");
  EXPECT_EQ(value_of(gateway.get("/a", {{"apikey", "of-eve"}}).headers, "X-By"), "global");
  EXPECT_EQ(value_of(gateway.get("/b", {{"apikey", "of-eve"}}).headers, "X-By"), "route");
}

TEST(PluginChain, GlobalHeaderFiltersRunWhereNoRouteMatches) {
  TestGateway gateway(service_with("  - {name: a, paths: [/a]}\n") + "plugins: [" + adds("global") + "}]\n");
  const auto outcome = gateway.get("/nowhere");
  EXPECT_EQ(outcome.status, 404);
  EXPECT_EQ(value_of(outcome.headers, "X-By"), "global");
}

TEST(PluginChain, DisabledPluginDoesNotHideALessSpecificOne) {
  TestGateway gateway(service_with("  - {name: a, paths: [/a], plugins: [" + adds("route") + ", enabled: false}]}\n") +
                      "plugins: [" + adds("global") + "}]\n");
  EXPECT_EQ(value_of(gateway.get("/a").headers, "X-By"), "global");
}

TEST(PluginChain, LaterHeaderFiltersRunOnAnAnswerOfAnEarlierPlugin) {
  TestGateway gateway(
      service_with("  - {name: a, paths: [/a], plugins: [{name: key-auth}, " + adds("route") + "}]}\n"));
  const auto outcome = gateway.get("/a");
  EXPECT_EQ(outcome.status, 401);
  EXPECT_EQ(value_of(outcome.headers, "X-By"), "route");
  EXPECT_EQ(value_of(outcome.headers, "WWW-Authenticate"), "Key");
}

// Two consumers; the second has a transformer of its own.
std::string with_consumers() {
  return service_with("  - {name: a, paths: [/a], plugins: [{name: key-auth}, " + adds("route") + "}]}\n") +
         "consumers:\n"
         "- {username: plain, keyauth_credentials: [{key: plain-key}]}\n"
         "- {username: special, keyauth_credentials: [{key: special-key}]}\n"
         "plugins:\n- {name: response-transformer, route: a, consumer: special, config: {add: {headers: "
         "['X-By:special']}}}\n";
}

TEST(PluginChain, ConsumersConfigurationRunsOnceTheConsumerIsKnown) {
  TestGateway gateway(with_consumers());
  EXPECT_EQ(value_of(gateway.get("/a", {{"apikey", "special-key"}}).headers, "X-By"), "special");
  EXPECT_EQ(value_of(gateway.get("/a", {{"apikey", "plain-key"}}).headers, "X-By"), "route");
  EXPECT_EQ(value_of(gateway.get("/a").headers, "X-By"), "route");
}

TEST(PluginChain, ExplainListsPluginsInTheOrderOfExecution) {
  TestGateway gateway(with_consumers());
  const policy::Route& route = gateway.policy().routes[0];
  const auto plugins = gateway.stage().chains().explain(route, gateway.stage().consumers().find("special"));
  ASSERT_EQ(plugins.size(), 2u);
  EXPECT_EQ(plugins[0]->policy->name(), "key-auth");
  EXPECT_EQ(plugins[1]->policy->name(), "response-transformer");
  EXPECT_TRUE(plugins[1]->policy->consumer.has_value());
}

TEST(Consumers, AreFoundByIdUsernameAndCredential) {
  const policy::Policy policy = load(with_consumers());
  const Consumers consumers(policy, SipKey{5, 6});
  const Consumer* special = consumers.find("special");
  ASSERT_NE(special, nullptr);
  EXPECT_EQ(consumers.find(special->id), special);
  EXPECT_EQ(consumers.find("nobody"), nullptr);
  ASSERT_NE(consumers.find_key("special-key", WallTime{}), nullptr);
  EXPECT_EQ(consumers.find_key("special-key", WallTime{})->consumer, special);
  EXPECT_EQ(consumers.find_key("special-ke", WallTime{}), nullptr);
  EXPECT_EQ(consumers.find_key("", WallTime{}), nullptr);
}

TEST(CredentialTable, FindsEachOfManyAndNothingElse) {
  CredentialTable<int> table(SipKey{7, 8});
  for (int i = 0; i < 5000; ++i) table.add("key-" + std::to_string(i), i);
  for (int i = 0; i < 5000; ++i) {
    const int* found = table.find("key-" + std::to_string(i));
    ASSERT_NE(found, nullptr);
    ASSERT_EQ(*found, i);
  }
  EXPECT_EQ(table.find("key-5000"), nullptr);
}

TEST(Stage, RouteWithoutAServiceAnswers503) {
  TestGateway gateway("_format_version: '3.0'\nroutes: [{name: a, paths: [/a]}]\n");
  const auto outcome = gateway.get("/a");
  EXPECT_EQ(outcome.status, 503);
  EXPECT_NE(outcome.body.find("no Service found with those values"), std::string::npos);
}

TEST(Stage, MalformedPathAnswers400) {
  TestGateway gateway(service_with("  - {name: a, paths: [/]}\n"));
  for (const char* path : {"/%zz", "/a%00", "/../x"}) EXPECT_EQ(gateway.get(path).status, 400) << path;
}

TEST(Stage, TwoAuthorizationFieldsAnswer400) {
  TestGateway gateway(service_with("  - {name: a, paths: [/]}\n"));
  EXPECT_EQ(gateway.get("/", {{"Authorization", "a"}, {"Authorization", "b"}}).status, 400);
}

TEST(Stage, RemainderOfAPrefixCannotClimb) {
  TestGateway gateway(service_with("  - {name: a, paths: [/a]}\n"));
  EXPECT_EQ(gateway.get("/a../etc").target, "/base/etc");
  EXPECT_EQ(gateway.get("/a..").target, "/base");
}

TEST(Stage, FailuresHaveKongsMessages) {
  TestGateway gateway(service_with("  - {name: a, paths: [/]}\n"));
  const std::string head = "GET / HTTP/1.1\r\nHost: gw.example\r\n\r\n";
  const std::pair<OriginFailure, std::pair<uint16_t, const char*>> failures[] = {
      {OriginFailure::kNoPeer, {503, "failure to get a peer from the ring-balancer"}},
      {OriginFailure::kNameResolution, {503, "name resolution failed"}},
      {OriginFailure::kBadResponse, {502, "An invalid response was received from the upstream server"}},
      {OriginFailure::kTimeout, {504, "The upstream server is timing out"}},
      {OriginFailure::kInternal, {500, "An unexpected error occurred"}},
  };
  for (const auto& [failure, answer] : failures) {
    const auto outcome = gateway.serve({.head = head}, {}, failure);
    EXPECT_EQ(outcome.status, answer.first);
    EXPECT_NE(outcome.body.find(answer.second), std::string::npos) << outcome.body;
  }
}

TEST(Stage, LatenciesAreMeasuredOnTheWorkersClock) {
  TestGateway gateway(service_with("  - {name: a, paths: [/]}\n"));
  const auto outcome = gateway.get("/");
  EXPECT_EQ(value_of(outcome.headers, "X-Kong-Upstream-Latency"), "7");
  EXPECT_EQ(value_of(outcome.headers, "X-Kong-Proxy-Latency"), "0");
  EXPECT_EQ(value_of(outcome.headers, "X-Kong-Response-Latency"), std::nullopt);
}

TEST(Stage, DateAndServerAreAddedOnlyWhereTheOriginSentNone) {
  TestGateway gateway(service_with("  - {name: a, paths: [/]}\n"));
  const std::string head = "GET / HTTP/1.1\r\nHost: gw.example\r\n\r\n";
  const auto bare = gateway.serve({.head = head});
  EXPECT_EQ(value_of(bare.headers, "Date"), TestGateway::kDate);
  EXPECT_EQ(value_of(bare.headers, "Server"), TestGateway::kProduct);
  const auto own = gateway.serve({.head = head}, {.headers = {{"Date", "today"}, {"Server", "inner/1"}}});
  EXPECT_EQ(value_of(own.headers, "Date"), "today");
  EXPECT_EQ(value_of(own.headers, "Server"), "inner/1");
}

TEST(Stage, HostWithAnEmptyLabelAnswers400) {
  TestGateway gateway(service_with("  - {name: a, paths: [/]}\n"));
  for (const char* host : {"gw..example", "gw.example..", ".", "..", ".:80"}) {
    EXPECT_EQ(gateway.get("/", {{"Host", host}}).status, 400) << host;
  }
  EXPECT_EQ(gateway.get("/", {{"Host", "gw.example."}}).route, "a");
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayBadRequest), 5u);
}

TEST(Stage, DotAtTheEndOfAHostIsNotForwarded) {
  TestGateway gateway(
      service_with("  - {name: a, paths: [/]}\n"
                   "  - {name: b, paths: [/tls], protocols: [https], https_redirect_status_code: 301}\n"));
  EXPECT_EQ(value_of(gateway.get("/", {{"Host", "Foo.example.:8080"}}).upstream_headers, "X-Forwarded-Host"),
            "foo.example");
  EXPECT_EQ(value_of(gateway.get("/", {{"Host", "Foo.example"}}).upstream_headers, "X-Forwarded-Host"), "foo.example");
  EXPECT_EQ(value_of(gateway.get("/tls/x", {{"Host", "Foo.example.:8080"}}).headers, "Location"),
            "https://foo.example/tls/x");
}

// What nginx keeps to itself of an answer.
TEST(Stage, WhatAnOriginTellsNginxDoesNotReachTheClient) {
  TestGateway gateway(service_with("  - {name: a, paths: [/]}\n"));
  const Fields sent = {{"X-Accel-Buffering", "no"}, {"x-accel-expires", "0"},       {"X-Accel-Limit-Rate", "1"},
                       {"X-Accel-Charset", "-"},    {"X-Accel-Redirect", "/other"}, {"X-Pad", "x"},
                       {"X-Accel-Other", "kept"}};
  const auto outcome = gateway.serve({.head = TestGateway::head_of("GET", "/", {})}, {.headers = sent});
  for (const char* name :
       {"X-Accel-Buffering", "X-Accel-Expires", "X-Accel-Limit-Rate", "X-Accel-Charset", "X-Accel-Redirect", "X-Pad"}) {
    EXPECT_EQ(value_of(outcome.headers, name), std::nullopt) << name;
  }
  EXPECT_EQ(value_of(outcome.headers, "X-Accel-Other"), "kept");
}

TEST(Stage, RefusalOfAHeadIsPlainText) {
  TestGateway gateway(service_with("  - {name: a, paths: [/]}\n"));
  Arena arena(gateway.worker.blocks);
  http::Request unread(arena);
  http::RequestContext http(gateway.worker.context, arena, unread);
  http.request_id = TestGateway::kRequestId;
  Context context(http);
  ASSERT_TRUE(gateway.stage().refuse(context, 414, TestGateway::kDate));
  const http::Response& head = http.answer.head;
  EXPECT_EQ(head.status, 414);
  EXPECT_EQ(http.answer.body, "URI too long\nrequest_id: 0123456789abcdef0123456789abcdef\n");
  EXPECT_EQ(head.headers.find("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(head.headers.find("X-Kong-Request-Id"), TestGateway::kRequestId);
}

TEST(Stage, RefusalOfAHeadIsInTheTypeAskedForAndPassesTheFiltersOfEveryRequest) {
  TestGateway gateway(service_with("  - {name: a, paths: [/]}\n") +
                      "plugins: [{name: correlation-id, config: {header_name: X-Trace, echo_downstream: true}}]\n");
  Arena arena(gateway.worker.blocks);
  http::Request request(arena);
  const std::string head = "TRACE / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\nX-Trace: mine\r\n\r\n";
  ASSERT_EQ(http::parse_request_head(head, policy::Limits(), request)->status, 405);
  http::RequestContext http(gateway.worker.context, arena, request);
  http.request_id = TestGateway::kRequestId;
  Context context(http);
  ASSERT_TRUE(gateway.stage().refuse(context, 405, TestGateway::kDate));
  EXPECT_EQ(http.answer.body,
            "{\n  \"message\":\"Method not allowed\",\n  \"request_id\":\"0123456789abcdef0123456789abcdef\"\n}");
  EXPECT_EQ(http.answer.head.headers.find("X-Trace"), "mine");
}

TEST(Stage, PolicyWithABadRegexDoesNotCompile) {
  policy::Policy policy = load(service_with("  - {name: a, paths: [/a]}\n"));
  policy.routes[0].paths = {"~/a("};
  match::ScratchPlan plan;
  const SharedState shared;
  const auto stage = Stage::compile(policy, {.shared = shared, .product = "p", .hash_key = {}, .scratch_plan = plan});
  ASSERT_FALSE(stage.ok());
  EXPECT_EQ(stage.error()[0].where.line, policy.routes[0].where.line);
  EXPECT_EQ(stage.error()[0].message, "path \"~/a(\": missing closing parenthesis at offset 3");
}

TEST(Stage, ExplainSaysWhoWinsWhoLosesAndWhatRuns) {
  TestGateway gateway(
      service_with("  - {name: long, paths: [/a/b], plugins: [{name: key-auth, config: {hide_credentials: true}}]}\n"
                   "  - {name: short, paths: [/a]}\n"
                   "  - {name: post, paths: [/a/b], methods: [POST]}\n"
                   "  - {name: other, paths: [/o]}\n"));
  Arena arena(gateway.worker.blocks);
  http::Request request(arena);
  const std::string head = "GET /a/b/c?q=1 HTTP/1.1\r\nHost: gw.example\r\n\r\n";
  ASSERT_FALSE(http::parse_request_head(head, policy::Limits(), request));
  http::RequestContext http(gateway.worker.context, arena, request);
  http.scratch = &gateway.scratch();
  Context context(http);
  std::vector<std::string> lines = gateway.stage().explain(context);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "route long (prefix /a/b) wins, priority 0x0000000020000004");
  EXPECT_EQ(lines[1], "  route post (prefix /a/b) would go first: the method is not among POST");
  EXPECT_EQ(lines[2],
            "  route short (prefix /a) matches too: priority 0x0000000020000002, lower by length of the path prefix "
            "(bits 0-18)");
  EXPECT_EQ(lines[3], "  service s at 198.18.1.2:9701");
  EXPECT_EQ(lines[4], "  target at the origin: /base/c?q=1");
  EXPECT_TRUE(lines[5].starts_with("  plugin key-auth (route, ")) << lines[5];
  EXPECT_TRUE(lines[5].ends_with(": hide_credentials=true")) << lines[5];
}

TEST(Stage, ExplainSaysWhatIsNotUtf8) {
  TestGateway gateway(service_with("  - {name: a, paths: [/a], headers: {x-a: ['1']}}\n"));
  const std::pair<const char*, const char*> cases[] = {
      {"GET /a/%E9 HTTP/1.1\r\nHost: gw.example\r\n\r\n", "no route matches: the path is not UTF-8"},
      {"GET /a HTTP/1.1\r\nHost: gw.example\r\nX_A: \xE9\r\n\r\n", "no route matches: header X_A is not UTF-8"},
  };
  for (const auto& [head, line] : cases) {
    Arena arena(gateway.worker.blocks);
    http::Request request(arena);
    ASSERT_FALSE(http::parse_request_head(head, policy::Limits(), request));
    http::RequestContext http(gateway.worker.context, arena, request);
    http.scratch = &gateway.scratch();
    Context context(http);
    EXPECT_EQ(gateway.stage().explain(context), (std::vector<std::string>{line, "answers 404 without an origin"}));
  }
}

}  // namespace
}  // namespace sluice::gateway
