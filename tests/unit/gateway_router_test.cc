// The router: the order of routes, what each condition means, and agreement with trying every route in turn.
#include <cstdio>
#include <random>
#include <set>

#include "gateway/route_mismatch.h"
#include "gateway_support.h"

namespace sluice::gateway {
namespace {

// A policy with one service and the given routes, each a line of YAML in braces.
std::string policy_of(const std::vector<std::string>& routes) {
  std::string text = "_format_version: '3.0'\nservices:\n- name: s\n  url: http://198.18.1.2:9701\n  routes:\n";
  for (const std::string& route : routes) text += "  - " + route + "\n";
  return text;
}

std::string route_of(const std::vector<std::string>& routes, std::string_view method, std::string_view target,
                     const Fields& headers = {}) {
  TestGateway gateway(policy_of(routes));
  return gateway.send(method, target, headers).route;
}

TEST(Router, LongerPrefixWins) {
  EXPECT_EQ(route_of({"{name: a, paths: [/]}", "{name: b, paths: [/api/v1]}", "{name: c, paths: [/api]}"}, "GET",
                     "/api/v1/x"),
            "b");
}

TEST(Router, RegexBeatsPrefix) {
  EXPECT_EQ(route_of({"{name: a, paths: [/q/long/prefix]}", "{name: b, paths: ['~/q']}"}, "GET", "/q/long/prefix"),
            "b");
}

TEST(Router, HigherRegexPriorityWins) {
  EXPECT_EQ(route_of({"{name: a, paths: ['~/q.*'], regex_priority: 1}", "{name: b, paths: ['~/q'], regex_priority: 2}"},
                     "GET", "/q"),
            "b");
}

TEST(Router, PlainHostBeatsRegex) {
  EXPECT_EQ(route_of({"{name: a, hosts: [gw.example]}", "{name: b, paths: ['~/q']}"}, "GET", "/q"), "a");
}

TEST(Router, WildcardHostDoesNotBeatRegex) {
  EXPECT_EQ(route_of({"{name: a, hosts: ['*.example'], paths: [/q]}", "{name: b, paths: ['~/q']}"}, "GET", "/q"), "b");
}

TEST(Router, FourKindsOfConditionBeatAPlainHost) {
  EXPECT_EQ(route_of({"{name: a, hosts: [gw.example]}",
                      "{name: b, hosts: ['*.example'], methods: [GET], paths: [/], headers: {x-a: ['1']}}"},
                     "GET", "/q", {{"X-A", "1"}}),
            "b");
}

TEST(Router, HigherIdWinsAmongEqualPriorities) {
  EXPECT_EQ(route_of({"{name: a, id: 11111111-1111-4111-8111-111111111111, paths: [/same]}",
                      "{name: b, id: 22222222-2222-4222-8222-222222222222, paths: [/same]}"},
                     "GET", "/same"),
            "b");
}

TEST(Router, AllHeadersMustHoldEachWithAnyOfItsValues) {
  const std::vector<std::string> routes = {"{name: a, headers: {x-a: ['1', '2'], x-b: ['3']}}"};
  EXPECT_EQ(route_of(routes, "GET", "/", {{"X-A", "2"}, {"X-B", "3"}}), "a");
  EXPECT_EQ(route_of(routes, "GET", "/", {{"X-A", "9"}, {"X-A", "2"}, {"X-B", "3"}}), "a");
  EXPECT_EQ(route_of(routes, "GET", "/", {{"X-A", "1"}}), "");
  EXPECT_EQ(route_of(routes, "GET", "/", {{"X-A", "3"}, {"X-B", "3"}}), "");
}

TEST(Router, HeaderRegexMatchesAnywhereInTheLowerCasedValue) {
  const std::vector<std::string> routes = {"{name: a, headers: {x-region: ['~*^eu-(west|north)-\\d$']}}"};
  EXPECT_EQ(route_of(routes, "GET", "/", {{"X-Region", "EU-North-1"}}), "a");
  EXPECT_EQ(route_of(routes, "GET", "/", {{"X-Region", "eu-south-1"}}), "");
}

TEST(Router, EveryLineOfAHeaderCounts) {
  std::vector<std::string> routes = {"{name: last, headers: {x-a: [v39, '~*^v39$'], x-b: [b]}}"};
  Fields lines = {{"X-B", "b"}};
  for (int i = 0; i < 40; ++i) {
    lines.emplace_back("X-A", "v" + std::to_string(i));
    routes.push_back("{name: r" + std::to_string(i) + ", headers: {x-a: [v" + std::to_string(i) + "]}}");
  }
  EXPECT_EQ(route_of(routes, "GET", "/", lines), "last");
}

TEST(Router, RegexThatHyperscanRefusesMatchesStill) {
  const std::vector<std::string> routes = {"{name: a, paths: ['~/(\\w)\\1/(?<rest>.*)']}", "{name: b, paths: ['~/x']}"};
  TestGateway gateway(policy_of(routes));
  const auto outcome = gateway.get("/aa/tail");
  EXPECT_EQ(outcome.route, "a");
  EXPECT_EQ(outcome.captures,
            (std::vector<std::pair<std::string, std::string>>{{"0", "/aa/tail"}, {"1", "a"}, {"rest", "tail"}}));
  EXPECT_EQ(gateway.get("/ab/tail").route, "");
}

// The less specific route may be open where the other asks for a credential.
TEST(Router, NoRouteIsTakenWhereAMatchIsGivenUp) {
  TestGateway gateway(policy_of({"{name: guarded, paths: ['~/(?=x)(?:\\w+/?)*secret']}", "{name: open, paths: [/]}",
                                 "{name: by-header, paths: [/h], headers: {x-a: ['~*^(?=a)(?:a+)+$']}}",
                                 "{name: open-header, paths: [/h]}"}));
  const auto by_path = gateway.get("/x" + std::string(40, 'a') + "t");
  EXPECT_EQ(by_path.status, 400);
  EXPECT_EQ(by_path.route, "");
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayMatchLimit), 1u);
  EXPECT_EQ(gateway.get("/h", {{"X-A", std::string(40, 'a') + "!"}}).status, 400);
  EXPECT_EQ(gateway.get("/h", {{"X-A", "aaa"}}).route, "by-header");
  EXPECT_EQ(gateway.get("/h", {{"X-A", "b"}}).route, "open-header");
}

// Hyperscan finds the route; what is captured, and what strip_path takes away, is for PCRE2 to say.
TEST(Router, ARouteWhoseCapturesAreGivenUpIsNotTaken) {
  TestGateway gateway(policy_of({"{name: a, paths: ['~/(?:a|a)*b?!?(?<rest>.)$']}"}));
  EXPECT_EQ(gateway.get("/ab").route, "a");
  EXPECT_EQ(gateway.get("/" + std::string(60, 'a') + "\x01").status, 400);
}

// A line feed at the end would else pass the route that guards the path.
TEST(Router, DollarIsTheEndOfThePath) {
  TestGateway gateway(
      policy_of({"{name: guarded, paths: ['~/dl/x$', '~/(?=d)dl/y$', '~/dl/(z|é)$']}", "{name: open, paths: [/]}"}));
  for (const char* path : {"/dl/x", "/dl/y", "/dl/z"}) {
    EXPECT_EQ(gateway.get(path).route, "guarded") << path;
    EXPECT_EQ(gateway.get(std::string(path) + "%0A").route, "open") << path;
  }
}

TEST(Router, PathRegexReadsCodePoints) {
  TestGateway gateway(
      policy_of({"{name: named, paths: ['~/nm/(?P<n>\\w+)']}", "{name: any, paths: ['~/uni/.$', '~/(?=u)uni/[é-ü]x$']}",
                 "{name: digit, paths: ['~/\\d+$']}", "{name: letter-case, paths: ['~/(?i)Ä$']}",
                 "{name: word, paths: ['~/(?:a|b)\\W']}", "{name: open, paths: [/]}"}));
  EXPECT_EQ(gateway.get("/nm/caf%C3%A9/x").captures,
            (std::vector<std::pair<std::string, std::string>>{{"0", "/nm/café"}, {"n", "café"}}));
  EXPECT_EQ(gateway.get("/nm/%D0%B4").route, "named");
  EXPECT_EQ(gateway.get("/uni/%C3%A9").route, "any");
  EXPECT_EQ(gateway.get("/uni/%C3%A9%C3%A9").route, "open");
  EXPECT_EQ(gateway.get("/uni/%C3%B6x").route, "any");
  EXPECT_EQ(gateway.get("/%D9%A3").route, "digit");
  EXPECT_EQ(gateway.get("/%C3%A4").route, "letter-case");
  EXPECT_EQ(gateway.get("/b%C3%A9").route, "open");
  EXPECT_EQ(gateway.get("/b%E2%82%AC").route, "word");
}

TEST(Router, HeaderRegexReadsCodePoints) {
  TestGateway gateway(policy_of({"{name: one, headers: {x-a: ['~*^.$', '~*^w\\w$', '~*^(?=v).\\w$']}}"}));
  EXPECT_EQ(gateway.get("/", {{"X-A", "é"}}).route, "one");
  EXPECT_EQ(gateway.get("/", {{"X-A", "Wé"}}).route, "one");
  EXPECT_EQ(gateway.get("/", {{"X-A", "Vé"}}).route, "one");
  EXPECT_EQ(gateway.get("/", {{"X-A", "éé"}}).route, "");
  EXPECT_EQ(gateway.get("/", {{"X-A", "w€"}}).route, "");
}

// Kong's router is given the path of every request as soon as one route asks for paths, and takes UTF-8 alone.
TEST(Router, NoRouteIsTakenForAPathThatIsNotUtf8) {
  TestGateway gateway(policy_of({"{name: path, paths: [/w]}", "{name: host, hosts: [gw.example]}"}));
  EXPECT_EQ(gateway.get("/w/%C3%A9").route, "host");
  const char* const paths[] = {"/w/%E9",    "/other/%E9",   "/w/\xE9",        "/w/%C3",
                               "/w/%C0%AF", "/w/%ED%A0%80", "/w/%F4%90%80%80"};
  for (const char* path : paths) EXPECT_EQ(gateway.get(path).status, 404) << path;
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayNoRoute), std::size(paths));
  EXPECT_EQ(route_of({"{name: host, hosts: [gw.example]}"}, "GET", "/w/%E9"), "host");
}

TEST(Router, NoRouteIsTakenForAValueThatIsNotUtf8OfAHeaderThatRoutesAskFor) {
  TestGateway gateway(policy_of({"{name: header, headers: {x-a: ['1']}}", "{name: path, paths: [/]}"}));
  EXPECT_EQ(gateway.get("/", {{"X-A", "1"}, {"X-B", "\xE9"}}).route, "header");
  EXPECT_EQ(gateway.get("/", {{"X-A", "1"}, {"X-A", "\xE9"}}).status, 404);
  EXPECT_EQ(gateway.get("/", {{"X-A", "\xE9"}}).status, 404);
  EXPECT_EQ(gateway.get("/", {{"X-A", "é"}}).route, "path");
}

TEST(Router, NameOfAHeaderMayBeSpelledWithUnderscores) {
  TestGateway gateway(
      policy_of({"{name: dash, headers: {x-tenant: [a]}}", "{name: underscore, headers: {x_unit: [b]}}"}));
  EXPECT_EQ(gateway.get("/", {{"X_Tenant", "a"}}).route, "dash");
  EXPECT_EQ(gateway.get("/", {{"x-tenant", "a"}}).route, "dash");
  EXPECT_EQ(gateway.get("/", {{"X-Unit", "b"}}).route, "underscore");
  EXPECT_EQ(gateway.get("/", {{"xtenant", "a"}}).status, 404);
}

TEST(Router, BrokenHeaderRegexIsToldWithItsRoute) {
  policy::Policy policy = load(policy_of({"{name: a, paths: [/]}", "{name: b, headers: {x-a: [b, c]}}"}));
  policy.routes[1].headers[0].values[0] = "~*(";
  match::ScratchPlan plan;
  const auto router = Router::compile(policy, plan);
  ASSERT_FALSE(router.ok());
  ASSERT_EQ(router.error().size(), 1u);
  EXPECT_EQ(router.error()[0].where.line, policy.routes[1].where.line);
  EXPECT_EQ(router.error()[0].message, "header x-a: \"~*(\": missing closing parenthesis at offset 1");
}

TEST(Router, PortOfARouteIsThatOfHostOrOfTheListener) {
  const std::vector<std::string> routes = {"{name: a, hosts: ['gw.example:9080']}",
                                           "{name: b, hosts: ['gw.example:81']}"};
  EXPECT_EQ(route_of(routes, "GET", "/"), "a");
  EXPECT_EQ(route_of(routes, "GET", "/", {{"Host", "gw.example:81"}}), "b");
  EXPECT_EQ(route_of(routes, "GET", "/", {{"Host", "gw.example:82"}}), "");
}

TEST(Router, ServerNameIsAskedOfTlsClientsThatSentOne) {
  TestGateway gateway(policy_of({"{name: a, snis: [tls.example], protocols: [http, https]}"}));
  const std::string head = "GET / HTTP/1.1\r\nHost: gw.example\r\n\r\n";
  EXPECT_EQ(gateway.serve({.head = head}).route, "a");
  EXPECT_EQ(gateway.serve({.head = head, .tls = true}).route, "a");
  EXPECT_EQ(gateway.serve({.head = head, .tls = true, .server_name = "TLS.example."}).route, "a");
  EXPECT_EQ(gateway.serve({.head = head, .tls = true, .server_name = "other.example"}).route, "");
}

TEST(Router, RouteOfADisabledServiceDoesNotMatch) {
  TestGateway gateway(
      "_format_version: '3.0'\nservices:\n- {name: s, url: 'http://a.example', enabled: false, routes: [{name: a, "
      "paths: [/]}]}\n");
  EXPECT_EQ(gateway.get("/").status, 404);
}

TEST(RouteVariants, PartsOfASplitRouteHaveKongsIds) {
  // Kong's ids for parts: UUIDv5 of "<id>#<number>", numbered in the order in which the lengths appear.
  policy::Policy policy = load(policy_of({"{name: b, id: 22222222-2222-4222-8222-222222222222, paths: [/aa, /a]}"}));
  const auto variants = make_route_variants(policy);
  ASSERT_EQ(variants.size(), 2u);
  EXPECT_EQ(variants[0].paths, std::vector<std::string_view>{"/aa"});
  EXPECT_EQ(variants[0].id.to_string(), "85136ef6-7841-5140-a55c-4d6fd69fb95c");
  EXPECT_EQ(variants[1].id.to_string(), "b32baef2-1d11-572c-b820-9793043cbe19");
}

// Routes and requests from small alphabets, so that they meet often.
class RandomRouting {
 public:
  explicit RandomRouting(uint32_t seed) : random_(seed) {}

  std::string route(int number) {
    std::string text = "{name: r" + std::to_string(number) + ", id: " + id();
    bool any = false;
    const auto add = [&](const char* field, const std::string& values) {
      text += std::string(", ") + field + ": " + values;
      any = true;
    };
    if (one_in(3)) add("methods", list({"GET", "POST", "PUT"}));
    if (one_in(2))
      add("hosts", list({"a.example", "b.example", "'*.example'", "'*.b.example'", "a.*", "'a.example:81'"}));
    if (one_in(3))
      add("headers", "{x-a: " + list({"'1'", "'2'", "'~*^[34]$'"}) + (one_in(2) ? ", x-b: ['1']" : "") + "}");
    if (one_in(4)) add("snis", list({"a.example", "b.example"}));
    if (!any || one_in(2)) {
      add("paths",
          list({"/", "/a", "/a/b", "/b", "'~/a'", "'~/a/.*'", "'~/(.)/\\1'", "'~/[ab]+$'", "'~/\\w$'", "'~/.$'"}));
    }
    if (one_in(2)) text += ", regex_priority: " + std::to_string(random_() % 3);
    return text + "}";
  }

  TestGateway::Sent request() {
    TestGateway::Sent sent;
    sent.head = pick({"GET", "POST", "PUT", "DELETE"}) + " " +
                pick({"/", "/a", "/a/b", "/a/b/c", "/b", "/b/b", "/c", "/é", "/\xE9"}) + " HTTP/1.1\r\n";
    sent.head +=
        "Host: " + pick({"a.example", "b.example", "x.b.example", "a.test", "other", "A.example:81", "a.example:80"}) +
        "\r\n";
    while (one_in(2)) sent.head += pick({"X-A: ", "x-b: "}) + pick({"1", "2", "3", "", "9"}) + "\r\n";
    sent.head += "\r\n";
    sent.tls = one_in(3);
    if (sent.tls && one_in(2)) sent.server_name = pick({"a.example", "B.example", "c.example"});
    return sent;
  }

 private:
  bool one_in(uint32_t n) { return random_() % n == 0; }
  std::string pick(const std::vector<std::string>& from) { return from[random_() % from.size()]; }
  std::string list(const std::vector<std::string>& from) {
    std::set<std::string> some;
    do some.insert(pick(from));
    while (one_in(2));
    std::string text;
    for (const std::string& one : some) text += (text.empty() ? "" : ", ") + one;
    return "[" + text + "]";
  }
  std::string id() {
    char text[37];
    std::snprintf(text, sizeof text, "%08x-0000-4000-8000-%012x", static_cast<unsigned>(random_()),
                  static_cast<unsigned>(random_()));
    return text;
  }

  std::mt19937 random_;
};

// The first of all variants, in their order, of which no condition is unmet.
const RouteVariant* reference(TestGateway& gateway, const RouteQuery& query) {
  if (gateway.stage().router().find_broken(query)) return nullptr;
  for (const RouteVariant& variant : gateway.stage().router().variants()) {
    if (!find_mismatch(variant, query, gateway.scratch())) return &variant;
  }
  return nullptr;
}

TEST(Router, AgreesWithTryingEveryRouteInTurn) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomRouting random(seed);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> routes;
    for (int i = 0; i < 1 + round; ++i) routes.push_back(random.route(i));
    TestGateway gateway(policy_of(routes));
    ASSERT_FALSE(::testing::Test::HasFailure()) << policy_of(routes);
    for (int i = 0; i < 100; ++i) {
      const TestGateway::Sent sent = random.request();
      Arena arena(gateway.worker.blocks);
      http::Request request(arena);
      ASSERT_FALSE(http::parse_request_head(sent.head, policy::Limits(), request));
      http::RequestContext http(gateway.worker.context, arena, request);
      http.client.local.port = TestGateway::kPort;
      http.client.secure = sent.tls;
      http.client.server_name = sent.server_name;
      const RouteQuery query = make_query(http, request.path);
      const RouteVariant* expected = reference(gateway, query);
      RouteMatch match;
      const auto outcome = gateway.stage().router().find(query, arena, gateway.scratch(), match);
      ASSERT_EQ(outcome, expected == nullptr ? Router::Outcome::kNotFound : Router::Outcome::kFound) << sent.head;
      ASSERT_EQ(match.variant, expected) << sent.head << policy_of(routes);
    }
  }
}

TEST(RoutePriority, FieldsInTheOrderOfTheirWeight) {
  // Each differs from the one before it in a field of more weight, and in nothing that could outweigh it.
  const RoutePriority ascending[] = {
      make_priority({.categories = 1, .path_length = 1}),
      make_priority({.categories = 1, .path_length = 100}),
      make_priority({.categories = 1, .headers = 1}),
      make_priority({.categories = 1, .headers = 2}),
      make_priority({.categories = 2}),
      make_priority({.categories = 3, .headers = 255, .path_length = 0x7ffff}),
      make_priority({.categories = 1, .regex = true}),
      make_priority({.categories = 1, .regex = true, .regex_priority = 5}),
      make_priority({.categories = 3, .headers = 1, .regex = true}),
      make_priority({.categories = 1, .plain_hosts_only = true}),
      make_priority({.categories = 2, .plain_hosts_only = true, .path_length = 9}),
      make_priority({.categories = 2, .plain_hosts_only = true, .regex = true}),
      make_priority({.categories = 4}),
      make_priority({.categories = 5}),
  };
  for (size_t i = 1; i < std::size(ascending); ++i) EXPECT_LT(ascending[i - 1], ascending[i]) << i;
}

TEST(RoutePriority, LowBitsOfRegexPriority_Count) {
  EXPECT_EQ(make_priority({.regex = true, .regex_priority = (int64_t{1} << 32) + 5}),
            make_priority({.regex = true, .regex_priority = 5}));
}

TEST(RoutePriority, DecidingFieldIsThatOfTheHighestDifference) {
  const RoutePriority a = make_priority({.categories = 2, .headers = 1, .path_length = 9});
  EXPECT_EQ(deciding_field(a, a), "");
  EXPECT_EQ(deciding_field(a, make_priority({.categories = 2, .headers = 1, .path_length = 8})),
            "length of the path prefix (bits 0-18)");
  EXPECT_EQ(deciding_field(a, make_priority({.categories = 1, .headers = 1, .path_length = 9})),
            "number of kinds of condition (bits 29-31)");
  EXPECT_EQ(deciding_field(a, make_priority({.categories = 4})), "four or more kinds of condition (bit 63)");
}

}  // namespace
}  // namespace sluice::gateway
