// Regular expressions: one at a time with groups (PCRE2), many in one scan (Hyperscan), many of Unicode (both).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "match/hyperscan_set.h"
#include "match/pcre_pattern.h"
#include "match/regex_set.h"
#include "match/regex_text.h"
#include "match/utf8.h"

namespace sluice::match {
namespace {

class Patterns : public ::testing::Test {
 protected:
  PcrePattern compile(std::string_view text, Anchor anchor = Anchor::kNone,
                      LetterCase letter_case = LetterCase::kSensitive) {
    auto pattern = PcrePattern::compile(text, anchor, letter_case);
    EXPECT_TRUE(pattern.ok()) << (pattern ? "" : pattern.error());
    return std::move(pattern).value();
  }

  std::set<uint32_t> scan(const HyperscanSet& set, std::string_view subject) {
    if (scratch_ == nullptr) scratch_ = plan_.make();
    std::set<uint32_t> places;
    EXPECT_TRUE(set.scan(subject, *scratch_, [&](uint32_t place) { places.insert(place); }));
    return places;
  }

  Scratch& scratch() {
    if (scratch_ == nullptr) scratch_ = plan_.make();
    return *scratch_;
  }

  ScratchPlan plan_;
  std::unique_ptr<Scratch> scratch_;
};

TEST_F(Patterns, AnchorsSayWhereAMatchMayStand) {
  EXPECT_EQ(compile("b").test("abc", scratch()), Outcome::kFound);
  EXPECT_EQ(compile("b", Anchor::kStart).test("abc", scratch()), Outcome::kNone);
  EXPECT_EQ(compile("a", Anchor::kStart).test("abc", scratch()), Outcome::kFound);
  EXPECT_EQ(compile("a", Anchor::kBoth).test("abc", scratch()), Outcome::kNone);
  EXPECT_EQ(compile("a|abc", Anchor::kBoth).test("abc", scratch()), Outcome::kFound);
}

TEST_F(Patterns, AnchorHoldsForEveryAlternative) {
  const HyperscanSet set(std::vector<HyperscanSet::Pattern>{{"x|b", Anchor::kStart}}, plan_);
  EXPECT_EQ(compile("x|b", Anchor::kStart).test("abc", scratch()), Outcome::kNone);
  EXPECT_EQ(scan(set, "abc"), std::set<uint32_t>());
}

TEST_F(Patterns, LetterCaseCanBeIgnored) {
  EXPECT_EQ(compile("abc").test("ABC", scratch()), Outcome::kNone);
  EXPECT_EQ(compile("abc", Anchor::kNone, LetterCase::kInsensitive).test("ABC", scratch()), Outcome::kFound);
}

TEST_F(Patterns, GroupsByNumberAndName) {
  const PcrePattern pattern = compile("/users/(?<id>\\d+)(/posts)?(/(?<slug>[a-z]+))?", Anchor::kStart);
  const auto [outcome, found] = pattern.match("/users/42/hello!", scratch());
  ASSERT_EQ(outcome, Outcome::kFound);
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found[0], "/users/42/hello");
  EXPECT_EQ(found[1], "42");
  EXPECT_EQ(found[2], std::nullopt);
  EXPECT_EQ(found[4], "hello");
  ASSERT_EQ(pattern.named_groups().size(), 2u);
  EXPECT_EQ(pattern.named_groups()[0].name, "id");
  EXPECT_EQ(pattern.named_groups()[0].number, 1u);
}

TEST_F(Patterns, MalformedPatternSaysWhere) {
  const auto pattern = PcrePattern::compile("/a(b");
  ASSERT_FALSE(pattern.ok());
  EXPECT_EQ(pattern.error(), "missing closing parenthesis at offset 4");
}

TEST_F(Patterns, MoreGroupsThanCanBeReadAreRefused) {
  std::string text;
  for (uint32_t i = 0; i < kMaxGroups; ++i) text += "(a)";
  EXPECT_FALSE(PcrePattern::compile(text).ok());
  EXPECT_TRUE(PcrePattern::compile(text.substr(3)).ok());
}

TEST_F(Patterns, RunawayMatchIsGivenUp) {
  const PcrePattern pattern = compile("(a+)+$", Anchor::kStart);
  EXPECT_EQ(pattern.test(std::string(5000, 'a') + "b", scratch()), Outcome::kGivenUp);
}

TEST_F(Patterns, LongestTargetsMatchARepeatedGroup) {
  EXPECT_EQ(compile("/admin/(\\w|-)+").test("/admin/" + std::string(8 << 10, 'a'), scratch()), Outcome::kFound);
  std::string segments = "/admin";
  while (segments.size() < 8 << 10) segments += "/x";
  EXPECT_EQ(compile("/admin(/|/[^/]+)*$").test(segments, scratch()), Outcome::kFound);
}

TEST_F(Patterns, DollarIsTheEndAlone) {
  EXPECT_EQ(compile("a$").test("a", scratch()), Outcome::kFound);
  EXPECT_EQ(compile("a$").test("a\n", scratch()), Outcome::kNone);
}

TEST_F(Patterns, UnicodeHasCodePointsAndClassesOfItsOwn) {
  const auto unicode = [&](std::string_view text) {
    auto pattern = PcrePattern::compile(text, Anchor::kBoth, LetterCase::kSensitive, Characters::kUnicode);
    EXPECT_TRUE(pattern.ok()) << text;
    return std::move(pattern).value();
  };
  EXPECT_EQ(unicode(".").test("é", scratch()), Outcome::kFound);
  EXPECT_EQ(unicode("\\w").test("é", scratch()), Outcome::kFound);
  EXPECT_EQ(unicode("(?i)É").test("é", scratch()), Outcome::kFound);
  EXPECT_EQ(compile(".", Anchor::kBoth).test("é", scratch()), Outcome::kNone);
  EXPECT_EQ(compile("\\w", Anchor::kStart).test("é", scratch()), Outcome::kNone);
}

TEST_F(Patterns, SubjectOfBytesMayBeNoUtf8) {
  EXPECT_EQ(compile("\\xff.").test("\xff\xfe", scratch()), Outcome::kFound);
}

// A client can send any bytes where a pattern of code points would read beyond them.
TEST_F(Patterns, PatternOfBytesCannotAskForCodePoints) {
  const auto pattern = PcrePattern::compile("(*UTF)/(.)");
  ASSERT_FALSE(pattern.ok());
  EXPECT_EQ(pattern.error(), "using UTF is disabled by the application at offset 6");
  EXPECT_TRUE(PcrePattern::compile("(*UTF)/(.)", Anchor::kNone, LetterCase::kSensitive, Characters::kUnicode).ok());
}

TEST_F(Patterns, InterpretedMatchTakesSoMuchMemoryAndNoMore) {
  const std::string target(8 << 10, 'a');
  EXPECT_EQ(compile("(*NO_JIT)(\\w|-)+$").test(target, scratch()), Outcome::kFound);
  std::string groups;
  for (uint32_t i = 2; i < kMaxGroups; ++i) groups += "(c)";
  EXPECT_EQ(compile("(*NO_JIT)(?:(a)|b" + groups + ")+$").test(target, scratch()), Outcome::kGivenUp);
}

TEST_F(Patterns, SetReportsEachPatternThatMatchesOnce) {
  const HyperscanSet set(std::vector<HyperscanSet::Pattern>{{"/a.*", Anchor::kStart},
                                                            {"/ab", Anchor::kStart},
                                                            {"b", Anchor::kStart},
                                                            {"b", Anchor::kNone},
                                                            {"/AB", Anchor::kBoth, LetterCase::kInsensitive}},
                         plan_);
  EXPECT_TRUE(set.refused().empty());
  EXPECT_EQ(scan(set, "/ab"), (std::set<uint32_t>{0, 1, 3, 4}));
  EXPECT_EQ(scan(set, "/abx"), (std::set<uint32_t>{0, 1, 3}));
}

TEST_F(Patterns, PatternThatMatchesNothingAtAllMatchesTheEmptySubject) {
  const HyperscanSet set(std::vector<HyperscanSet::Pattern>{{"a*", Anchor::kStart}}, plan_);
  EXPECT_EQ(scan(set, "b"), std::set<uint32_t>{0});
}

TEST_F(Patterns, SetNamesWhatItRefusesAndKeepsTheRest) {
  const HyperscanSet set(
      std::vector<HyperscanSet::Pattern>{
          {"/back(.)\\1", Anchor::kStart}, {"/ok", Anchor::kStart}, {"/(?=look)", Anchor::kStart}, {"/two"}},
      plan_);
  EXPECT_EQ(set.refused(), (std::vector<uint32_t>{0, 2}));
  EXPECT_EQ(scan(set, "/ok"), std::set<uint32_t>{1});
  EXPECT_EQ(scan(set, "x/two"), std::set<uint32_t>{3});
}

TEST_F(Patterns, AlikePatternsAreCompiledOnceAsLongAsASetHasThem) {
  DatabaseMemory databases;
  const std::vector<HyperscanSet::Pattern> patterns = {{"/a+", Anchor::kStart}, {"(?=b)"}};
  auto compile = [&](std::vector<HyperscanSet::Pattern> of) {
    ScratchPlan plan;
    return HyperscanSet(of, plan, &databases);
  };
  HyperscanSet first = compile(patterns);
  EXPECT_EQ(databases.compiled(), 1u);
  // A later policy's: the scratch is another, what matches and what is refused is the same.
  ScratchPlan plan;
  const HyperscanSet second(patterns, plan, &databases);
  EXPECT_EQ(databases.compiled(), 1u);
  EXPECT_EQ(second.refused(), std::vector<uint32_t>{1});
  first = HyperscanSet();
  bool found = false;
  EXPECT_TRUE(second.scan("/aa", *plan.make(), [&](uint32_t place) { found = place == 0; }));
  EXPECT_TRUE(found);

  compile({{"/a+", Anchor::kBoth}, {"(?=b)"}});
  compile({{"/a+", Anchor::kStart, LetterCase::kInsensitive}, {"(?=b)"}});
  compile({{"/a+", Anchor::kStart}, {"(?=b)"}, {""}});
  compile({{"/a+", Anchor::kStart, LetterCase::kSensitive, Characters::kUnicode}, {"(?=b)"}});
  EXPECT_EQ(databases.compiled(), 5u);
}

TEST_F(Patterns, DatabasesOfMoreThanTheMemoryThatIsAllowed_AreTheLast) {
  DatabaseMemory databases;
  const auto compile = [&](const std::string& text) {
    return HyperscanSet(std::vector<HyperscanSet::Pattern>{{text}}, plan_, &databases);
  };
  databases.allow(1);
  const HyperscanSet first = compile("a");
  EXPECT_FALSE(first.empty());
  EXPECT_TRUE(databases.is_exhausted());
  EXPECT_TRUE(compile("b").empty());
  EXPECT_FALSE(compile("a").empty());  // it is there already
  EXPECT_EQ(databases.compiled(), 1u);
  databases.allow(1 << 20);
  EXPECT_FALSE(databases.is_exhausted());
  EXPECT_FALSE(compile("b").empty());
}

TEST_F(Patterns, DatabaseThatNoSetHasIsForgotten) {
  DatabaseMemory databases;
  ScratchPlan plan;
  for (unsigned i = 1; i <= 2; ++i) {
    const HyperscanSet set(std::vector<HyperscanSet::Pattern>{{"a"}}, plan, &databases);
    EXPECT_EQ(databases.compiled(), i);
  }
}

TEST_F(Patterns, EmptySetFindsNothing) {
  const HyperscanSet set(std::vector<HyperscanSet::Pattern>{}, plan_);
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(scan(set, "x"), std::set<uint32_t>());
}

TEST_F(Patterns, WorkersMatchAtOnceWithScratchesOfTheirOwn) {
  const HyperscanSet set(std::vector<HyperscanSet::Pattern>{{"/a+/b", Anchor::kStart}}, plan_);
  const PcrePattern pattern = compile("/(a+)/b", Anchor::kStart);
  std::vector<std::thread> workers;
  std::array<int, 4> wrong{};
  for (size_t w = 0; w < wrong.size(); ++w) {
    workers.emplace_back([&, w] {
      const auto scratch = plan_.make();
      const std::string subject = "/" + std::string(w + 1, 'a') + "/b";
      for (int i = 0; i < 2000; ++i) {
        int hits = 0;
        const bool scanned = set.scan(subject, *scratch, [&](uint32_t) { ++hits; });
        const auto [outcome, found] = pattern.match(subject, *scratch);
        wrong[w] += !scanned || hits != 1 || outcome != Outcome::kFound || found[1]->size() != w + 1;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(wrong, (std::array<int, 4>{}));
}

TEST(Utf8, IsToldFromAsciiAndFromWhatItIsNot) {
  const std::string long_ascii(100, 'a');
  for (const std::string& text : {std::string(), std::string("\0\x7f", 2), std::string("1234567"), long_ascii}) {
    EXPECT_EQ(encoding_of(text), Encoding::kAscii) << text;
  }
  // The first and the last character of each length, and those beside the surrogates.
  for (const char* character : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                                "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    for (size_t before = 0; before < 17; ++before) {
      EXPECT_EQ(encoding_of(std::string(before, 'a') + character + "b"), Encoding::kUtf8) << before << character;
    }
  }
  for (const char* broken : {"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
                             "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82",
                             "\xf0\x9f\x98", "\xc3\xc3\xa9", "\xe2\x82z"}) {
    for (size_t before = 0; before < 17; ++before) {
      EXPECT_EQ(encoding_of(std::string(before, 'a') + broken), Encoding::kBroken) << before;
      EXPECT_EQ(encoding_of(std::string(before, 'a') + "é" + broken + "b"), Encoding::kBroken) << before;
    }
  }
}

TEST(RegexText, LiteralBeginningIsThatOfEveryMatch) {
  const std::pair<const char*, const char*> cases[] = {
      {"/plain", "/plain"}, {"/a/(?<id>.*)$", "/a"},
      {"/ab?", "/a"},       {"/a(?#c)*b", "/"},
      {"/a\\Q|", ""},       {"/a|/b", ""},
      {"/a(b|c)", ""},      {"(?i)/a", ""},
      {"^/a", ""},          {"/é?", "/"},
      {"/aé{0}", "/a"},     {"", ""},
      {"/a\\E*", "/"},      {"/[|]", ""},
      {"/a[b]", "/"},
  };
  for (const auto& [regex, beginning] : cases) EXPECT_EQ(literal_beginning(regex), beginning) << regex;
}

TEST(RegexText, WhatPcreAndHyperscanMayReadDifferentlyIsKnown) {
  for (const char* regex : {"/a", "/a.b", "/[^/]+", "/a\\.b", "/(a)", "/(?:a|b)", "/(?<n>a)", "/(?P<n>é)", "/\\\\w"}) {
    EXPECT_TRUE(is_read_alike(regex)) << regex;
  }
  for (const char* regex : {"/a$", "/\\w", "/[\\d]", "/\\bx", "/[[:alpha:]]", "(?i)/a", "/(?i:a)", "/(?-s:a)",
                            "(*UCP)/a", "/\\p{L}", "/\\\\\\s", "/\\x{e9}"}) {
    EXPECT_FALSE(is_read_alike(regex)) << regex;
  }
}

class Regexes : public ::testing::Test {
 protected:
  RegexSet compile(const std::vector<std::string>& texts, Anchor anchor = Anchor::kStart) {
    auto set = RegexSet::compile(texts, anchor, plan_, nullptr);
    EXPECT_TRUE(set.ok());
    return std::move(set).value();
  }

  std::vector<uint32_t> search(const RegexSet& set, std::string_view subject) {
    const auto scratch = plan_.make();
    std::vector<uint32_t> places;
    const auto any = [](uint32_t) { return true; };
    EXPECT_EQ(set.search(subject, *scratch, any, [&](uint32_t place) { places.push_back(place); }),
              RegexSet::Search::kDone);
    std::ranges::sort(places);
    return places;
  }

  ScratchPlan plan_;
};

// Each regex alone, of those that the two engines read differently and of those that they read alike.
TEST_F(Regexes, SetAnswersAsPcreDoesOfEach) {
  const std::vector<std::string> texts = {"/a$",       "/\\w+$",      "/.$",    "/[^a]$", "/a",           "/(?=a).$",
                                          "/é",        "/caf(?:é)?$", "/\\d",   "/(?i)É", "/[[:alpha:]]", "/a\\b",
                                          "(.)(.)\\2", "/x|/é",       "/[à-ü]", "/aé*$",  "/\\S\\s",      "/a\n"};
  const std::vector<std::string> subjects = {"/",     "/a",   "/a\n", "/é",   "/É",       "/aé", "/aéé",
                                             "/café", "/caf", "/٣",   "/éa",  "/€",       "/aa", "/éé",
                                             "/x",    "/b",   "/b\n", "/é\n", "/a\u00a0", "/K"};
  for (const Anchor anchor : {Anchor::kStart, Anchor::kNone}) {
    const RegexSet set = compile(texts, anchor);
    const auto scratch = plan_.make();
    for (const std::string& subject : subjects) {
      std::vector<uint32_t> expected;
      for (uint32_t place = 0; place < texts.size(); ++place) {
        if (set[place].test(subject, *scratch) == Outcome::kFound) expected.push_back(place);
      }
      EXPECT_EQ(search(set, subject), expected) << subject;
    }
  }
}

TEST_F(Regexes, WhatDoesNotMatterIsNotTried) {
  RegexSet set = compile({"/(?=x)(x+)+$", "/(?=x)x"});
  set.order_by(std::vector<uint32_t>{2, 1});
  const auto scratch = plan_.make();
  const std::string runaway = "/" + std::string(5000, 'x') + "b";
  std::vector<uint32_t> found;
  const auto note = [&](uint32_t place) { found.push_back(place); };
  const auto nothing_found = [&](uint32_t) { return found.empty(); };
  EXPECT_EQ(set.search(runaway, *scratch, nothing_found, note), RegexSet::Search::kDone);
  EXPECT_EQ(found, std::vector<uint32_t>{1});
  const auto any = [](uint32_t) { return true; };
  EXPECT_EQ(set.search(runaway, *scratch, any, note), RegexSet::Search::kGivenUp);
}

TEST_F(Regexes, EveryBrokenOneIsTold) {
  const auto set = RegexSet::compile(std::vector<std::string>{"/(", "/ok", "/["}, Anchor::kStart, plan_, nullptr);
  ASSERT_FALSE(set.ok());
  ASSERT_EQ(set.error().size(), 2u);
  EXPECT_EQ(set.error()[0].place, 0u);
  EXPECT_EQ(set.error()[0].reason, "missing closing parenthesis at offset 2");
  EXPECT_EQ(set.error()[1].place, 2u);
}

}  // namespace
}  // namespace sluice::match
