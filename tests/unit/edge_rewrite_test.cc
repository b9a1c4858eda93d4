// Paths, queries, hosts and methods rewritten.
#include <gtest/gtest.h>

#include "edge_fixture.h"

namespace sluice::edge {

using http::Verdict;

class EdgeRewriteTest : public test::EdgeTest {
 protected:
  EdgeRewriteTest() : rewrite(add_rule().rewrite.emplace()) {}

  std::string rewritten(std::string_view target_text) {
    new_request("GET", target_text);
    if (run() != Verdict::kContinue) return "refused";
    return target();
  }
  policy::Rewrite& rewrite;
};

TEST_F(EdgeRewriteTest, APrefixIsReplaced) {
  rewrite.path_prefix = policy::PrefixRewrite{"/api", "/v2"};
  EXPECT_EQ(rewritten("/api/users?x=1"), "/v2/users?x=1");
  EXPECT_EQ(rewritten("/api"), "/v2");
  EXPECT_EQ(rewritten("/apis"), "/v2s");
  EXPECT_EQ(rewritten("/other"), "/other");
}

TEST_F(EdgeRewriteTest, APrefixMayGoAway) {
  rewrite.path_prefix = policy::PrefixRewrite{"/api", "/"};
  EXPECT_EQ(rewritten("/api/users"), "/users");
  EXPECT_EQ(rewritten("/api"), "/");
  EXPECT_EQ(rewritten("/apix"), "/x");
}

TEST_F(EdgeRewriteTest, APathThatIsLeftAloneStaysAsSent) {
  rewrite.path_prefix = policy::PrefixRewrite{"/api", "/v2"};
  EXPECT_EQ(rewritten("/x/%61/../b"), "/x/%61/../b");
}

TEST_F(EdgeRewriteTest, APathIsNormalisedBeforeAndEncodedAfter) {
  rewrite.path_prefix = policy::PrefixRewrite{"/api", "/v2"};
  EXPECT_EQ(rewritten("/%61pi/a%20b/%c3%a9/..//c%2Fd"), "/v2/a%20b/c%2Fd");
  EXPECT_EQ(rewritten("/x/../api/a%0d%0ab"), "/v2/a%0D%0Ab");
}

TEST_F(EdgeRewriteTest, ARegexReplacesWhatItFinds) {
  rewrite.path_regex = policy::RegexRewrite{"/users/([0-9]+)", "/u/$1"};
  EXPECT_EQ(rewritten("/users/12/posts"), "/u/12/posts");
  EXPECT_EQ(rewritten("/v1/users/12"), "/v1/u/12");
  EXPECT_EQ(rewritten("/users/x"), "/users/x");
}

TEST_F(EdgeRewriteTest, ARegexMayReplaceTheWholePath) {
  rewrite.path_regex = policy::RegexRewrite{"^/(\\w+)/(\\w+).*$", "/$2/$1/$$"};
  EXPECT_EQ(rewritten("/a/b/c"), "/b/a/$");
}

TEST_F(EdgeRewriteTest, OnlyTheFirstFindIsReplaced) {
  rewrite.path_regex = policy::RegexRewrite{"a", "b"};
  EXPECT_EQ(rewritten("/a/a"), "/b/a");
}

TEST_F(EdgeRewriteTest, APathThatCannotBeSearchedToTheEndIsRefused) {
  rewrite.path_regex = policy::RegexRewrite{"(?:a+)+$", "b"};
  new_request("GET", "/" + std::string(40, 'a') + "!");
  EXPECT_EQ(run(), http::Verdict::kAnswer);
  EXPECT_EQ(http->answer.head.status, 400);
  EXPECT_EQ(counted(Counter::kEdgeMatchLimit), 1u);
}

TEST_F(EdgeRewriteTest, AGroupWithoutPartIsEmpty) {
  rewrite.path_regex = policy::RegexRewrite{"^/x(y)?", "/z$1"};
  EXPECT_EQ(rewritten("/x/1"), "/z/1");
}

TEST_F(EdgeRewriteTest, ALostSlashIsPutBack) {
  rewrite.path_regex = policy::RegexRewrite{"^/x/", ""};
  EXPECT_EQ(rewritten("/x/y"), "/y");
  EXPECT_EQ(rewritten("/x/"), "/");
}

// Pieces that are harmless alone.
TEST_F(EdgeRewriteTest, WhatComesOutIsNormalised) {
  rewrite.path_regex = policy::RegexRewrite{"^/(\\.*)x(\\.*)/", "/a/$1$2/"};
  EXPECT_EQ(rewritten("/.x./b"), "/b");
}

TEST_F(EdgeRewriteTest, WhatClimbsAboveTheRootIsRefused) {
  rewrite.path_regex = policy::RegexRewrite{"^/(\\.*)x(\\.*)/", "/$1$2/"};
  EXPECT_EQ(rewritten("/.x./b"), "refused");
  EXPECT_EQ(http->answer.head.status, 400);
  EXPECT_EQ(counted(Counter::kEdgePathRefused), 1u);
}

TEST_F(EdgeRewriteTest, AHostIsReplacedInBothPlaces) {
  rewrite.host = "internal.example";
  run();
  EXPECT_EQ(request().authority, "internal.example");
  EXPECT_EQ(header("Host"), "internal.example");
  EXPECT_EQ(request().headers.count("Host"), 1u);
}

TEST_F(EdgeRewriteTest, AMethodIsReplaced) {
  rewrite.method = "HEAD";
  run();
  EXPECT_EQ(request().method, "HEAD");
}

TEST_F(EdgeRewriteTest, QueryArgumentsAreRemovedSetAndAdded) {
  rewrite.query = policy::QueryRewrite{.remove = {"debug"}, .set = {{"v", "2"}}, .add = {{"tag", "a b&c"}}};
  EXPECT_EQ(rewritten("/?v=1&debug&x=%20&debug=1&v=3&tag=t"), "/?x=%20&tag=t&v=2&tag=a%20b%26c");
  EXPECT_EQ(rewritten("/"), "/?v=2&tag=a%20b%26c");
}

TEST_F(EdgeRewriteTest, AnEncodedArgumentNameIsTheSameName) {
  rewrite.query = policy::QueryRewrite{.remove = {"debug mode"}, .set = {}, .add = {}};
  EXPECT_EQ(rewritten("/?%64ebug+mode=1&debug%20mode&x"), "/?x");
}

TEST_F(EdgeRewriteTest, AQueryWithoutArgumentsGoesAway) {
  rewrite.query = policy::QueryRewrite{.remove = {"a"}, .set = {}, .add = {}};
  EXPECT_EQ(rewritten("/x?a=1"), "/x");
  EXPECT_FALSE(request().has_query);
}

TEST_F(EdgeRewriteTest, ArgumentsThatAreNotNamedStayAsSent) {
  rewrite.query = policy::QueryRewrite{.remove = {"a"}, .set = {}, .add = {}};
  EXPECT_EQ(rewritten("/x?b=%7E+1&c=&d&=e&%zz=1"), "/x?b=%7E+1&c=&d&=e&%zz=1");
}

}  // namespace sluice::edge
