// Strip, rules in their order, direct answers, the way back to the client and on to the origin.
#include <gtest/gtest.h>

#include "edge_fixture.h"

namespace sluice::edge {

using http::Verdict;
using test::EdgeTest;

class EdgeStripTest : public EdgeTest {};

TEST_F(EdgeStripTest, WhatOnlyTheEdgeMaySetIsTakenFromTheClient) {
  add_schema("X-User");
  add_schema("X-Trace", policy::HeaderType::kString, policy::Stage::kGateway);
  add_header("x-user", "admin");
  add_header("X-USER", "root");
  add_header("X-Trace", "1");
  add_header("X-User-Agent", "kept");
  EXPECT_EQ(run(), Verdict::kContinue);
  EXPECT_EQ(header("X-User"), "-");
  EXPECT_EQ(header("X-Trace"), "1");
  EXPECT_EQ(header("X-User-Agent"), "kept");
  EXPECT_EQ(counted(Counter::kEdgeHeadersStripped), 2u);
}

// CGI makes HTTP_X_USER_ID of both.
TEST_F(EdgeStripTest, AnUnderscoreDoesNotSmuggle) {
  add_schema("X-User-Id");
  for (const std::string_view name : {"X_User_Id", "x-user_id", "X_USER-ID"}) add_header(name, "admin");
  run();
  EXPECT_EQ(request().headers.size(), 1u) << "Host alone";
}

TEST_F(EdgeStripTest, ARuleStripsForItsRequestsOnly) {
  policy::EdgeRule& rule = add_rule();
  rule.match.path_prefix = "/public";
  rule.strip = {"Cookie"};
  new_request("GET", "/public/x");
  add_header("Cookie", "a=b");
  run();
  EXPECT_EQ(header("Cookie"), "-");
  new_request("GET", "/private");
  add_header("Cookie", "a=b");
  run();
  EXPECT_EQ(header("Cookie"), "a=b");
}

TEST_F(EdgeStripTest, AClientCannotMatchARuleByAHeaderOfTheSchema) {
  add_schema("X-Plan");
  policy::EdgeRule& rule = add_rule();
  rule.match.headers = {{.name = "X-Plan", .value = "gold"}};
  rule.respond.emplace();
  add_header("X-Plan", "gold");
  EXPECT_EQ(run(), Verdict::kContinue);
}

class EdgeOrderTest : public EdgeTest {};

TEST_F(EdgeOrderTest, EveryMatchingRuleApplies) {
  add_schema("X-One");
  add_schema("X-Two");
  add_rule().enrich = {fixed("X-One", "1")};
  add_rule().match.path_prefix = "/elsewhere";
  add_rule().enrich = {fixed("X-Two", "2")};
  EXPECT_EQ(run(), Verdict::kContinue);
  EXPECT_EQ(header("X-One"), "1");
  EXPECT_EQ(header("X-Two"), "2");
}

TEST_F(EdgeOrderTest, ALaterRuleSeesWhatAnEarlierOneDid) {
  add_schema("X-Plan");
  add_rule().enrich = {fixed("X-Plan", "gold")};
  policy::EdgeRule& rewrite = add_rule();
  rewrite.match.headers = {{.name = "X-Plan", .value = "gold"}};
  rewrite.rewrite.emplace().path_prefix = policy::PrefixRewrite{"/", "/gold/"};
  policy::EdgeRule& answer = add_rule();
  answer.match.path_prefix = "/gold/x";
  answer.respond.emplace().status = 204;
  new_request("GET", "/x");
  EXPECT_EQ(run(), Verdict::kAnswer);
  EXPECT_EQ(http->answer.head.status, 204);
}

TEST_F(EdgeOrderTest, AnAnswerEndsTheMatter) {
  add_schema("X-One");
  add_rule().respond.emplace().status = 200;
  add_rule().enrich = {fixed("X-One", "1")};
  EXPECT_EQ(run(), Verdict::kAnswer);
  EXPECT_EQ(header("X-One"), "-");
}

TEST_F(EdgeOrderTest, TheLastRuleToSetAHeaderWins) {
  add_schema("X-One");
  add_rule().enrich = {fixed("X-One", "1")};
  add_rule().enrich = {fixed("X-One", "2")};
  run();
  EXPECT_EQ(header("X-One"), "2");
  EXPECT_EQ(request().headers.count("X-One"), 1u);
}

class EdgeRespondTest : public EdgeTest {};

TEST_F(EdgeRespondTest, AnswersWithStatusHeadersAndBody) {
  policy::Respond& respond = add_rule().respond.emplace();
  respond.status = 418;
  respond.headers = {{"X-Kind", "teapot"}, {"Cache-Control", "no-store"}};
  respond.content_type = "text/html";
  respond.body = "<p>short and stout";
  EXPECT_EQ(run(), Verdict::kAnswer);
  EXPECT_EQ(http->answer.head.status, 418);
  EXPECT_EQ(http->answer.body, "<p>short and stout");
  EXPECT_EQ(answer_header("Content-Type"), "text/html");
  EXPECT_EQ(answer_header("X-Kind"), "teapot");
  EXPECT_EQ(answer_header("Cache-Control"), "no-store");
  EXPECT_EQ(counted(Counter::kEdgeResponds), 1u);
  EXPECT_FALSE(context->refusal);
}

TEST_F(EdgeRespondTest, AnEmptyBodyHasNoType) {
  add_rule().respond.emplace().status = 204;
  run();
  EXPECT_EQ(answer_header("Content-Type"), "-");
  EXPECT_EQ(http->answer.body, "");
}

class EdgeRedirectTest : public EdgeTest {
 protected:
  policy::Redirect& redirect_to(std::string location) {
    policy::EdgeRule& rule = add_rule();
    rule.redirect.emplace().location = std::move(location);
    rule.match.path_regex = "/old/([^/]*)(/.*)?";
    return *rule.redirect;
  }
  std::string location_of(std::string_view target) {
    new_request("GET", target);
    if (run() != Verdict::kAnswer) return "no redirect";
    return answer_header("Location");
  }
};

TEST_F(EdgeRedirectTest, GoesToAFixedPlace) {
  redirect_to("https://new.example/").status = 301;
  EXPECT_EQ(location_of("/old/a"), "https://new.example/");
  EXPECT_EQ(http->answer.head.status, 301);
  EXPECT_EQ(http->answer.head.reason, "Moved Permanently");
  EXPECT_EQ(http->answer.body, "");
  EXPECT_EQ(counted(Counter::kEdgeRedirects), 1u);
}

TEST_F(EdgeRedirectTest, CapturesStandInTheLocation) {
  redirect_to("https://new.example/n$1$2?cost=$$5");
  EXPECT_EQ(location_of("/old/a/b/c"), "https://new.example/na/b/c?cost=$5");
  EXPECT_EQ(location_of("/old/a"), "https://new.example/na?cost=$5");
}

TEST_F(EdgeRedirectTest, GroupZeroIsAllThatMatched) {
  redirect_to("/new$0");
  EXPECT_EQ(location_of("/old/a/b"), "/new/old/a/b");
}

// The path is matched decoded: what a capture holds is encoded again.
TEST_F(EdgeRedirectTest, CapturesCannotBreakTheHeader) {
  redirect_to("/n/$1");
  EXPECT_EQ(location_of("/old/a%0d%0aSet-Cookie:%20x=y"), "/n/a%0D%0ASet-Cookie:%20x=y");
  EXPECT_EQ(location_of("/old/%c3%a9%22"), "/n/%C3%A9%22");
}

TEST_F(EdgeRedirectTest, TheQueryIsKeptWhereAsked) {
  redirect_to("/n/$1").keep_query = true;
  EXPECT_EQ(location_of("/old/a?x=1&y"), "/n/a?x=1&y");
  EXPECT_EQ(location_of("/old/a"), "/n/a");
}

TEST_F(EdgeRedirectTest, TheQueryJoinsThatOfTheLocation) {
  redirect_to("/n/$1?from=old").keep_query = true;
  EXPECT_EQ(location_of("/old/a?x=1"), "/n/a?from=old&x=1");
}

TEST_F(EdgeRedirectTest, TheQueryIsDroppedOtherwise) {
  redirect_to("/n/$1");
  EXPECT_EQ(location_of("/old/a?x=1"), "/n/a");
}

class EdgeResponseTest : public EdgeTest {
 protected:
  std::string response_header(std::string_view name) { return std::string(response.headers.find(name).value_or("-")); }
  void run_both_ways() {
    run();
    ASSERT_TRUE(stage->on_client_response(*context, response));
  }
  Arena response_arena{worker.blocks};
  http::Response response{response_arena};
};

TEST_F(EdgeResponseTest, HeadersAreRemovedThenSet) {
  policy::ResponseHeaders& headers = add_rule().response_headers.emplace();
  headers.remove = {"X-Powered-By", "X-Frame-Options"};
  headers.set = {{"X-Frame-Options", "DENY"}, {"Server", "edge"}};
  ASSERT_TRUE(response.headers.add("x-powered-by", "PHP") && response.headers.add("Server", "origin") &&
              response.headers.add("server", "twice"));
  run_both_ways();
  EXPECT_EQ(response_header("X-Powered-By"), "-");
  EXPECT_EQ(response_header("X-Frame-Options"), "DENY");
  EXPECT_EQ(response_header("Server"), "edge");
  EXPECT_EQ(response.headers.count("Server"), 1u);
}

TEST_F(EdgeResponseTest, OnlyRulesThatMatchedTheRequestSpeak) {
  policy::EdgeRule& rule = add_rule();
  rule.match.path_prefix = "/a";
  rule.response_headers.emplace().set = {{"X-A", "1"}};
  new_request("GET", "/b");
  run_both_ways();
  EXPECT_EQ(response_header("X-A"), "-");
}

TEST_F(EdgeResponseTest, TheMatchIsThatOfTheRequestBeforeItWasRewritten) {
  policy::EdgeRule& rule = add_rule();
  rule.match.path_prefix = "/a";
  rule.rewrite.emplace().path_prefix = policy::PrefixRewrite{"/a", "/b"};
  rule.response_headers.emplace().set = {{"X-A", "1"}};
  new_request("GET", "/a");
  run_both_ways();
  EXPECT_EQ(response_header("X-A"), "1");
}

TEST_F(EdgeResponseTest, RulesSpeakInTheirOrder) {
  add_rule().response_headers.emplace().set = {{"X-A", "1"}, {"X-B", "1"}};
  policy::ResponseHeaders& second = add_rule().response_headers.emplace();
  second.remove = {"X-B"};
  second.set = {{"X-A", "2"}};
  run_both_ways();
  EXPECT_EQ(response_header("X-A"), "2");
  EXPECT_EQ(response_header("X-B"), "-");
}

TEST_F(EdgeResponseTest, ARuleSpeaksAboutItsOwnRefusal) {
  edge.keys.push_back({.id = "k", .algorithm = policy::JwsAlgorithm::kHs256, .secret = policy::Secret("s")});
  policy::EdgeRule& rule = add_rule();
  rule.verify.emplace();
  rule.response_headers.emplace().set = {{"X-A", "1"}};
  run_both_ways();
  EXPECT_EQ(http->answer.head.status, 401);
  EXPECT_EQ(response_header("X-A"), "1");
}

TEST_F(EdgeResponseTest, WhatIsNotForOriginsIsTakenAway) {
  add_schema("X-Internal", policy::HeaderType::kString, policy::Stage::kEdge, false);
  add_schema("X-User");
  add_rule().enrich = {fixed("X-Internal", "1"), fixed("X-User", "joe")};
  run();
  EXPECT_EQ(header("X-Internal"), "1");
  stage->on_origin_request(request());
  EXPECT_EQ(header("X-Internal"), "-");
  EXPECT_EQ(header("X-User"), "joe");
}

TEST_F(EdgeOrderTest, AnEmptyPolicyChangesNothing) {
  new_request("GET", "/a/../b?c");
  add_header("X-Any", "1");
  EXPECT_EQ(run(), Verdict::kContinue);
  EXPECT_EQ(target(), "/a/../b?c");
  EXPECT_EQ(header("X-Any"), "1");
}

}  // namespace sluice::edge
