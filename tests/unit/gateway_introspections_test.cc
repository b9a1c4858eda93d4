// What is remembered of an authorization server's answers, and for how long.
#include "gateway/introspections.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/test_worker.h"

namespace sluice::gateway {
namespace {

using Age = Introspections::Age;

constexpr WallTime at(int64_t s) {
  return {(1'700'000'000 + s) * 1'000'000'000};
}

class IntrospectionsTest : public ::testing::Test {
 protected:
  IntrospectionsTest() {
    terms.ttl = Duration::seconds(30);
    terms.claims = {"username", "scope", "aud", "exp"};
  }

  bool keep(std::string_view answer, WallTime now = at(0)) { return memory.keep(terms, key, answer, now); }
  std::optional<Introspection> find(WallTime now = at(0), Age age = Age::kFresh) {
    return memory.find(terms, key, arena, now, age);
  }
  // "active", "inactive", or nothing.
  std::string state(WallTime now = at(0), Age age = Age::kFresh) {
    const auto found = find(now, age);
    return !found ? "" : found->active ? "active" : "inactive";
  }

  test::TestWorker worker;
  Arena arena{worker.blocks};
  Introspections memory{size_t{1} << 20};
  IntrospectionTerms terms;
  IntrospectionKey key{{1, 2, 3, 4}};
};

TEST_F(IntrospectionsTest, ActiveToken_IsRememberedWithItsClaims) {
  EXPECT_EQ(state(), "");
  ASSERT_TRUE(keep(R"({"active":true,"scope":"a b","exp":1700000060,"username":"ann","extra":{"x":1}})"));
  const auto found = find();
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->active);
  EXPECT_EQ(std::vector<std::string_view>(found->claims.begin(), found->claims.end()),
            (std::vector<std::string_view>{"ann", "a b", "", "1700000060"}));
  key.words[3] = 5;
  EXPECT_EQ(state(), "") << "another token";
}

struct ClaimCase {
  const char* json;
  const char* text;  // empty: the claim is none
};

TEST_F(IntrospectionsTest, Claims_AreTextsThatMayStandInAHeader) {
  const ClaimCase cases[] = {
      {R"("https://api")", "https://api"},
      {R"(["a","b",3])", "a, b, 3"},
      {"true", "true"},
      {"17", "17"},
      {"null", ""},
      {R"({"a":1})", ""},
      {R"([["a"]])", ""},
      {R"(["x, admin"])", ""},
      {R"(["a","b,c"])", ""},
      {R"("x, admin")", "x, admin"},
      {"[]", ""},
      {R"("a\r\nX-Consumer-ID: root")", ""},
      {R"(["a","b\u0000"])", ""},
      {R"("")", ""},
      {R"("é")", "é"},
  };
  for (const ClaimCase& c : cases) {
    ASSERT_TRUE(keep(std::string(R"({"active":true,"aud":)") + c.json + "}")) << c.json;
    EXPECT_EQ(find()->claims[2], c.text) << c.json;
  }
}

TEST_F(IntrospectionsTest, WhatIsNoAnswer_IsNotRemembered) {
  const std::string too_long(70'000, 'x');
  const std::string much(17'000, 'x');
  const std::string cases[] = {"",
                               "no",
                               "[]",
                               "{}",
                               R"({"active":"true"})",
                               R"({"active":1})",
                               R"({"active":null})",
                               R"({"active":true)",
                               R"({"active":true}x)",
                               R"({"active":true,"scope":")" + too_long + "\"}",
                               R"({"active":true,"scope":")" + much + "\"}"};
  for (const std::string& answer : cases) EXPECT_FALSE(keep(answer)) << answer.substr(0, 40);
  EXPECT_EQ(state(at(0), Age::kJustCome), "");
}

TEST_F(IntrospectionsTest, Ttl_EndsAnAnswer) {
  ASSERT_TRUE(keep(R"({"active":true})"));
  EXPECT_EQ(state(at(29)), "active");
  EXPECT_EQ(state(at(30)), "");
  ASSERT_TRUE(keep(R"({"active":false})", at(30)));
  EXPECT_EQ(state(at(59)), "inactive");
  EXPECT_EQ(state(at(60)), "");
}

TEST_F(IntrospectionsTest, TtlOfZero_KeepsItUntilExp) {
  terms.ttl = {};
  ASSERT_TRUE(keep(R"({"active":true})"));
  EXPECT_EQ(state(at(100'000'000)), "active");
  ASSERT_TRUE(keep(R"({"active":true,"exp":1700000060})"));
  EXPECT_EQ(state(at(59)), "active");
  EXPECT_EQ(state(at(60)), "");
}

TEST_F(IntrospectionsTest, Exp_EndsAnAnswerBeforeItsTtl) {
  ASSERT_TRUE(keep(R"({"active":true,"exp":1700000010})"));
  EXPECT_EQ(state(at(9)), "active");
  EXPECT_EQ(state(at(10)), "");
  for (const char* exp : {"1e30", "9223372036854775807", "\"1\""}) {
    ASSERT_TRUE(keep(std::string(R"({"active":true,"exp":)") + exp + "}"));
    EXPECT_EQ(state(at(29)), "active") << exp;
    EXPECT_EQ(state(at(30)), "") << exp;
  }
  ASSERT_TRUE(keep(R"({"active":true,"exp":-1e30})"));
  EXPECT_EQ(state(), "");
}

TEST_F(IntrospectionsTest, WhoHasWaited_GetsAnAnswerThatIsOverAlready) {
  ASSERT_TRUE(keep(R"({"active":true,"exp":1})"));
  EXPECT_EQ(state(at(0), Age::kFresh), "");
  EXPECT_EQ(state(at(0), Age::kJustCome), "active");
}

TEST_F(IntrospectionsTest, ClockThatStepsBack_EndsAnAnswer) {
  ASSERT_TRUE(keep(R"({"active":true})", at(1000)));
  EXPECT_EQ(state(at(999)), "active") << "a worker's clock is a little behind";
  EXPECT_EQ(state(at(990)), "");
}

TEST_F(IntrospectionsTest, LastAnswer_IsTheOnlyOne) {
  ASSERT_TRUE(keep(R"({"active":true})"));
  ASSERT_TRUE(keep(R"({"active":false})"));
  EXPECT_EQ(state(at(0), Age::kJustCome), "inactive");
  ASSERT_TRUE(keep(R"({"active":true})"));
  EXPECT_EQ(state(at(0), Age::kJustCome), "active");
}

TEST_F(IntrospectionsTest, WorkerWithMuchInUse_StillReadsWhatIsKnown) {
  ASSERT_TRUE(keep(R"({"active":true})"));
  std::vector<BlockPool::Block> taken;
  while (worker.blocks.in_use_bytes() <= worker.blocks.budget_bytes() / 2) {
    taken.push_back(worker.blocks.take(BlockPool::kLargest));
  }
  EXPECT_EQ(state(), "active");
  for (const BlockPool::Block& block : taken) worker.blocks.release(block);
}

TEST_F(IntrospectionsTest, InactiveTokens_DriveOutNoActiveOnes) {
  ASSERT_TRUE(keep(R"({"active":true,"username":"ann"})"));
  IntrospectionKey other = key;
  for (uint64_t i = 10; i < 50'000; ++i) {
    other.words = {i, i, i, i};
    ASSERT_TRUE(memory.keep(terms, other, R"({"active":false})", at(0)));
  }
  EXPECT_EQ(state(), "active");
  EXPECT_TRUE(memory.find(terms, other, arena, at(0), Age::kFresh));
}

}  // namespace
}  // namespace sluice::gateway
