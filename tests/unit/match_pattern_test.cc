// Regular expressions: one at a time with groups (PCRE2), many in one scan (Hyperscan).
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "match/hyperscan_set.h"
#include "match/pcre_pattern.h"

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

TEST_F(Patterns, SubjectMayBeNoUtf8) {
  EXPECT_EQ(compile("\\xff.").test("\xff\xfe", scratch()), Outcome::kFound);
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
  EXPECT_EQ(databases.compiled(), 4u);
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

}  // namespace
}  // namespace sluice::match
