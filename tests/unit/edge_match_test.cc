// Which requests a rule is for.
#include <gtest/gtest.h>

#include "edge_fixture.h"

namespace sluice::edge {

using http::Verdict;

class EdgeMatchTest : public test::EdgeTest {
 protected:
  EdgeMatchTest() : rule(add_rule()) { rule.respond.emplace(); }

  bool matches(std::string_view method, std::string_view target) {
    new_request(method, target);
    return run() == Verdict::kAnswer;
  }
  bool matches_host(std::string_view host) {
    new_request("GET", "/");
    set_host(host);
    return run() == Verdict::kAnswer;
  }
  bool matches_header(std::string_view name, std::string_view value) {
    new_request("GET", "/");
    add_header(name, value);
    return run() == Verdict::kAnswer;
  }
  policy::EdgeRule& rule;
};

TEST_F(EdgeMatchTest, AnEmptyMatchIsForEveryRequest) {
  EXPECT_TRUE(matches("GET", "/"));
  EXPECT_TRUE(matches("OPTIONS", "*"));
}

TEST_F(EdgeMatchTest, MethodsAreExact) {
  rule.match.methods = {"GET", "POST"};
  EXPECT_TRUE(matches("POST", "/"));
  EXPECT_FALSE(matches("PUT", "/"));
  EXPECT_FALSE(matches("get", "/"));
}

TEST_F(EdgeMatchTest, APathPrefixIsTextAtTheStart) {
  rule.match.path_prefix = "/admin";
  EXPECT_TRUE(matches("GET", "/admin"));
  EXPECT_TRUE(matches("GET", "/admin/x?y"));
  EXPECT_TRUE(matches("GET", "/administration"));
  EXPECT_FALSE(matches("GET", "/Admin"));
  EXPECT_FALSE(matches("GET", "/x/admin"));
  EXPECT_FALSE(matches("GET", "/?/admin"));
}

// What the gateway routes as /admin must not get past a rule for /admin.
TEST_F(EdgeMatchTest, APathIsNormalisedFirst) {
  rule.match.path_prefix = "/admin";
  EXPECT_TRUE(matches("GET", "/%61dmin"));
  EXPECT_TRUE(matches("GET", "/x/../admin"));
  EXPECT_TRUE(matches("GET", "/x/%2e%2E/admin"));
  EXPECT_TRUE(matches("GET", "/./admin"));
  EXPECT_TRUE(matches("GET", "//admin"));
  EXPECT_FALSE(matches("GET", "/admin/../x"));
}

TEST_F(EdgeMatchTest, APrefixIsNormalisedToo) {
  rule.match.path_prefix = "/caf%C3%A9 x";
  EXPECT_TRUE(matches("GET", "/caf%c3%a9%20x/1"));
}

TEST_F(EdgeMatchTest, APathThatClimbsAboveTheRootIsRefused) {
  rule.match.path_prefix = "/admin";
  for (const std::string_view path : {"/../admin", "/a/../../admin", "/%zz", "/a%0", "/a%00b"}) {
    new_request("GET", path);
    EXPECT_EQ(run(), Verdict::kAnswer);
    EXPECT_EQ(http->answer.head.status, 400) << path;
  }
  EXPECT_EQ(counted(Counter::kEdgePathRefused), 5u);
}

TEST_F(EdgeMatchTest, RulesThatDoNotReadThePathLeaveItToTheGateway) {
  rule.match.methods = {"PUT"};
  EXPECT_FALSE(matches("GET", "/../x"));
  EXPECT_FALSE(context->refusal);
}

TEST_F(EdgeMatchTest, ARegexIsAnchoredAtTheStartOnly) {
  rule.match.path_regex = "/v[0-9]+/";
  EXPECT_TRUE(matches("GET", "/v12/users"));
  EXPECT_FALSE(matches("GET", "/x/v12/"));
  EXPECT_FALSE(matches("GET", "/v/"));
}

// A rule that might be for the request must not be passed by making its regex too much work.
TEST_F(EdgeMatchTest, ARequestWhoseMatchIsGivenUpIsRefused) {
  rule.match.path_regex = "/(?:\\w+/?)*secret";
  EXPECT_TRUE(matches("GET", "/secret" + std::string(24, 'a')));
  EXPECT_EQ(http->answer.head.status, 400);
  EXPECT_EQ(counted(Counter::kEdgeMatchLimit), 1u);
  EXPECT_EQ(context->refusal->where, std::string_view("edge.match"));
}

TEST_F(EdgeMatchTest, AHeaderWhoseMatchIsGivenUpIsRefusedUnlessAnotherLineMatches) {
  rule.match.headers = {{.name = "X-A", .regex = "^(?:a+)+$"}};
  const std::string costly = std::string(40, 'a') + "!";
  EXPECT_TRUE(matches_header("X-A", costly));
  EXPECT_EQ(http->answer.head.status, 400);
  new_request("GET", "/");
  add_header("X-A", costly);
  add_header("X-A", "a");
  EXPECT_EQ(run(), Verdict::kAnswer);
  EXPECT_EQ(http->answer.head.status, 200);
}

TEST_F(EdgeMatchTest, TheLongestPathsMatchARegexWithRepeatedGroups) {
  rule.match.path_regex = "/admin/(\\w|-)+";
  EXPECT_TRUE(matches("GET", "/admin/" + std::string(8000, 'a')));
  EXPECT_EQ(http->answer.head.status, 200);
}

TEST_F(EdgeMatchTest, HostsCompareWithoutCasePortOrFinalDot) {
  rule.match.hosts = {"Shop.example"};
  EXPECT_TRUE(matches_host("shop.example"));
  EXPECT_TRUE(matches_host("SHOP.EXAMPLE:8080"));
  EXPECT_TRUE(matches_host("shop.example."));
  EXPECT_TRUE(matches_host("shop.example.:80"));
  EXPECT_FALSE(matches_host("www.shop.example"));
  EXPECT_FALSE(matches_host("shop.example.org"));
}

TEST_F(EdgeMatchTest, AHostWithAPortWantsThatPort) {
  rule.match.hosts = {"shop.example:8080"};
  EXPECT_TRUE(matches_host("shop.example:8080"));
  EXPECT_FALSE(matches_host("shop.example:8081"));
  EXPECT_FALSE(matches_host("shop.example"));
}

TEST_F(EdgeMatchTest, AHostWithoutAPortHasThatOfItsScheme) {
  rule.match.hosts = {"shop.example:80"};
  EXPECT_TRUE(matches_host("shop.example"));
  new_request("GET", "/");
  http->client.secure = true;
  EXPECT_EQ(run(), Verdict::kContinue);
}

TEST_F(EdgeMatchTest, AWildcardStandsForWhatIsBeyondItsDot) {
  rule.match.hosts = {"*.example", "api.*"};
  EXPECT_TRUE(matches_host("a.b.EXAMPLE"));
  EXPECT_TRUE(matches_host("api.test:80"));
  EXPECT_FALSE(matches_host("notexample"));
  EXPECT_FALSE(matches_host("example"));
  EXPECT_FALSE(matches_host("api"));
}

TEST_F(EdgeMatchTest, AnIpv6HostMatchesWithItsBrackets) {
  rule.match.hosts = {"[2001:db8::1]"};
  EXPECT_TRUE(matches_host("[2001:db8::1]"));
  EXPECT_TRUE(matches_host("[2001:db8::1]:8080"));
  EXPECT_FALSE(matches_host("[2001:db8::2]"));
}

TEST_F(EdgeMatchTest, AHeaderIsThere) {
  rule.match.headers = {{.name = "X-Beta"}};
  EXPECT_TRUE(matches_header("x-beta", ""));
  EXPECT_FALSE(matches_header("X-Alpha", "1"));
}

// Many an origin cannot tell them apart.
TEST_F(EdgeMatchTest, AnUnderscoreInAHeadersNameIsADash) {
  rule.match.headers = {{.name = "X-Beta"}};
  EXPECT_TRUE(matches_header("x_beta", "on"));
  rule.match.headers = {{.name = "X_Beta", .value = "on"}};
  EXPECT_TRUE(matches_header("X-Beta", "on"));
}

TEST_F(EdgeMatchTest, AHeaderHasAValue) {
  rule.match.headers = {{.name = "X-Beta", .value = "on"}};
  EXPECT_TRUE(matches_header("X-Beta", "on"));
  EXPECT_FALSE(matches_header("X-Beta", "On"));
  EXPECT_FALSE(matches_header("X-Beta", "on, off"));
}

TEST_F(EdgeMatchTest, AnyLineOfARepeatedHeaderCounts) {
  rule.match.headers = {{.name = "X-Beta", .value = "on"}};
  new_request("GET", "/");
  add_header("X-Beta", "off");
  add_header("x-beta", "on");
  EXPECT_EQ(run(), Verdict::kAnswer);
}

TEST_F(EdgeMatchTest, AHeaderHoldsARegex) {
  rule.match.headers = {{.name = "User-Agent", .regex = "(?i)bot/[0-9]"}};
  EXPECT_TRUE(matches_header("user-agent", "some BOT/2.1"));
  EXPECT_FALSE(matches_header("user-agent", "robot"));
}

TEST_F(EdgeMatchTest, AllThatIsSaidMustHold) {
  rule.match.methods = {"GET"};
  rule.match.path_prefix = "/a";
  rule.match.hosts = {"shop.example"};
  rule.match.headers = {{.name = "X-One"}, {.name = "X-Two"}};
  new_request("GET", "/a");
  add_header("X-One", "1");
  EXPECT_EQ(run(), Verdict::kContinue);
  add_header("X-Two", "2");
  EXPECT_EQ(run(), Verdict::kAnswer);
}

class EdgeIndexTest : public test::EdgeTest {};

// Against the plain reading of the rules, one by one.
TEST_F(EdgeIndexTest, AThousandRulesApplyInTheirOrder) {
  const std::vector<std::string> prefixes = {"/", "/a", "/a/b", "/a/b/c", "/x"};
  const std::vector<std::string> hosts = {"shop.example", "*.example", "other.example", "shop.*"};
  std::string expected;
  for (unsigned i = 0; i < 1000; ++i) {
    policy::EdgeRule& rule = add_rule();
    const unsigned prefix = static_cast<unsigned>(worker.random.below(prefixes.size() + 1));
    const unsigned host = static_cast<unsigned>(worker.random.below(hosts.size() + 1));
    if (prefix < prefixes.size()) rule.match.path_prefix = prefixes[prefix];
    if (host < hosts.size()) rule.match.hosts = {hosts[host]};
    rule.response_headers.emplace().set = {{"X-Rule", std::to_string(i)}};
    const bool holds = (prefix < 3 || prefix == prefixes.size()) && host != 2;
    if (holds) expected += std::to_string(i) + ",";
  }
  new_request("GET", "/a/b");
  EXPECT_EQ(run(), Verdict::kContinue);
  std::string applied;
  for (const PendingResponseHeaders* p = context->first_pending; p != nullptr; p = p->next) {
    applied += p->headers->set.front().value + ",";
  }
  EXPECT_EQ(applied, expected);
}

TEST_F(EdgeIndexTest, ARewriteLeadsToTheRulesOfTheNewPathAndHost) {
  policy::EdgeRule& move = add_rule();
  move.match.path_prefix = "/old";
  move.rewrite.emplace().path_prefix = policy::PrefixRewrite{"/old", "/new"};
  move.rewrite->host = "new.example";
  policy::EdgeRule& before = add_rule();
  before.match.path_prefix = "/old";
  before.respond.emplace();
  policy::EdgeRule& after = add_rule();
  after.match.path_prefix = "/new";
  after.match.hosts = {"new.example"};
  after.respond.emplace().status = 299;
  new_request("GET", "/old");
  EXPECT_EQ(run(), Verdict::kAnswer);
  EXPECT_EQ(http->answer.head.status, 299);
}

}  // namespace sluice::edge
