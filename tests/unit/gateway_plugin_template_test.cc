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

TEST_F(TemplateTest, Conditions_ChooseAsInLua) {
  EXPECT_EQ(render("$(headers.x_one and 'a' or 'b')"), "a");
  EXPECT_EQ(render("$(headers.none and 'a' or 'b')"), "b");
  EXPECT_EQ(render("$(headers.x_one == '1' and 'one' or 'other')"), "one");
  EXPECT_EQ(render("$(headers.x_one ~= '1' and 'other' or 'one')"), "one");
  EXPECT_EQ(render("$(headers.x_one == 1)"), "") << "a text is no number";
  EXPECT_EQ(render("$(query_params.flag == true and 'yes')"), "yes");
  EXPECT_EQ(render("$(not headers.none)"), "true");
  EXPECT_EQ(render("$(not not headers.none or nil)"), "");
  EXPECT_EQ(render("$('a' or 'b' and 'c')"), "a") << "and binds more than or";
  EXPECT_EQ(render("$(('a' or 'b') and 'c')"), "c");
  EXPECT_EQ(render("$('ab' == 'a' .. 'b')"), "true") << ".. binds more than ==";
}

TEST_F(TemplateTest, Texts_AreJoined) {
  EXPECT_EQ(render("$('a' .. headers.x_one .. '-'..2)"), "a1-2");
  EXPECT_EQ(render("$(headers.x_one..'' )"), "1");
}

// On which Kong fails too.
TEST_F(TemplateTest, WhatIsNoText_CannotBeJoined) {
  for (const char* text : {"$('a' .. headers.none)", "x$(not headers.none .. 'a')", "$(headers .. 'a')"}) {
    const auto compiled = Template::compile(text);
    ASSERT_TRUE(compiled) << text;
    EXPECT_EQ(compiled->render({arena_, headers_, "", captures_}).data(), nullptr) << text;
  }
}

TEST_F(TemplateTest, DeepNesting_IsAnError) {
  const auto nested = [](size_t depth) { return "$" + std::string(depth, '(') + "'a'" + std::string(depth, ')'); };
  EXPECT_EQ(render(nested(10)), "a");
  EXPECT_TRUE(render(nested(10'000)).starts_with("error: "));
  std::string negations = "$(";
  for (int i = 0; i < 10'000; ++i) negations += "not ";
  EXPECT_TRUE(render(negations + "x)").starts_with("error: "));
}

TEST_F(TemplateTest, Pieces_AreJoined) {
  EXPECT_EQ(render("/u/$(uri_captures.user)/i/$(uri_captures[2])?"), "/u/ann/i/book?");
}

TEST_F(TemplateTest, WhatIsNoTerm_IsAnError) {
  for (const char* text :
       {"$()", "$(headers)x$(headers.)", "$(shared.)", "$(headers.x_one ..)", "$(== 'a')", "$(or)", "$(end)", "$(010)",
        "$(headers.1)", "$(headers.x:upper())", "$(headers[1])", "$(headers['x)", "$('a\\n')", "$(#headers)",
        "$(headers.x_one or)", "$(f(headers.x_one))", "$(uri_captures[12345])"}) {
    EXPECT_TRUE(render(text).starts_with("error: ")) << text << " rendered as " << render(text);
  }
}

TEST_F(TemplateTest, ReadsHeaders_SaysWhetherAnyTermDoes) {
  EXPECT_TRUE(Template::compile("$(query_params.a or headers.b)")->reads_headers());
  EXPECT_FALSE(Template::compile("headers.b $(query_params.a)")->reads_headers());
}

}  // namespace
}  // namespace sluice::gateway
