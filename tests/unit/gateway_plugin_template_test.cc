#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>

#include "gateway/templates.h"
#include "support/test_worker.h"

namespace sluice::gateway {
namespace {

class TemplateTest : public ::testing::Test {
 protected:
  std::string render(std::string_view text) {
    auto compiled = Template::compile(text);
    if (!compiled) return "error: " + compiled.error();
    return std::string(compiled->render({arena_, headers_, "q=a%20b&flag&q=c", captures_}));
  }

  test::TestWorker worker_;
  Arena arena_{worker_.blocks};
  std::array<http::Header, 3> headers_ = {http::Header{"X-One", "1"}, {"x_two", "2"}, {"X-One", "again"}};
  std::array<Capture, 3> whole_and_groups_ = {Capture{"", 0, "/whole"}, {"user", 1, "ann"}, {"", 2, "book"}};
  std::span<const Capture> captures_ = whole_and_groups_;
};

TEST_F(TemplateTest, TextWithoutExpressions_IsItself) {
  for (const char* text : {"", "plain", "cost $5", "$", "$(", "a $(b", "(x)", "$x"}) EXPECT_EQ(render(text), text);
}

TEST_F(TemplateTest, Headers_AreFoundInAnySpelling) {
  EXPECT_EQ(render("$(headers.x_one)"), "1");
  EXPECT_EQ(render("$(headers['X-One'])"), "1");
  EXPECT_EQ(render("$(headers[\"x-one\"])"), "1");
  EXPECT_EQ(render("$(headers.x_two)"), "2");
  EXPECT_EQ(render("$(headers['none'])"), "");
}

TEST_F(TemplateTest, Arguments_AreDecoded) {
  EXPECT_EQ(render("$(query_params.q)"), "a b");
  EXPECT_EQ(render("$(query_params.flag)"), "true");
  EXPECT_EQ(render("$(query_params.Q)"), "");
}

TEST_F(TemplateTest, Captures_AreFoundByNameAndByNumber) {
  EXPECT_EQ(render("$(uri_captures.user)"), "ann");
  EXPECT_EQ(render("$(uri_captures['user'])"), "ann");
  EXPECT_EQ(render("$(uri_captures[1])"), "ann");
  EXPECT_EQ(render("$(uri_captures[2])"), "book");
  EXPECT_EQ(render("$(uri_captures[0])"), "/whole");
  EXPECT_EQ(render("$(uri_captures[3])"), "");
}

TEST_F(TemplateTest, WholeMatch_IsThereWithAGroupOnly) {
  captures_ = captures_.first(1);
  EXPECT_EQ(render("$(uri_captures[0] or 'none')"), "none");
  captures_ = {};
  EXPECT_EQ(render("$(uri_captures[0] or 'none')"), "none");
}

TEST_F(TemplateTest, WhatPluginsShare_IsNothing) {
  EXPECT_EQ(render("a$(shared.x)b"), "ab");
  EXPECT_EQ(render("$(shared['x'] or 'none')"), "none");
}

TEST_F(TemplateTest, Alternatives_AreTriedInOrder) {
  EXPECT_EQ(render("$(headers['none'] or query_params.none or 'last')"), "last");
  EXPECT_EQ(render("$( headers.x_one  or 'last' )"), "1");
  EXPECT_EQ(render("$(headers['none'] or '')"), "");
  EXPECT_EQ(render("$(12)"), "12");
}

TEST_F(TemplateTest, UndefinedName_IsNothing) {
  EXPECT_EQ(render("a$(literal)b"), "ab");
  EXPECT_EQ(render("$$(literal)"), "$");
}

TEST_F(TemplateTest, Pieces_AreJoined) {
  EXPECT_EQ(render("/u/$(uri_captures.user)/i/$(uri_captures[2])?"), "/u/ann/i/book?");
}

TEST_F(TemplateTest, WhatIsNoTerm_IsAnError) {
  for (const char* text :
       {"$()", "$(headers)x$(headers.)", "$(shared.)", "$(headers.x_one .. 'a')", "$(headers[1])", "$(headers['x)",
        "$('a\\n')", "$(#headers)", "$(headers.x_one or)", "$(f(headers.x_one))", "$(uri_captures[12345])"}) {
    EXPECT_TRUE(render(text).starts_with("error: ")) << text << " rendered as " << render(text);
  }
}

TEST_F(TemplateTest, ReadsHeaders_SaysWhetherAnyTermDoes) {
  EXPECT_TRUE(Template::compile("$(query_params.a or headers.b)")->reads_headers());
  EXPECT_FALSE(Template::compile("headers.b $(query_params.a)")->reads_headers());
}

}  // namespace
}  // namespace sluice::gateway
