// The verified-token memory: what it believes, for how long, and that it stays as large as it is.
#include "token/verified_memory.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/test_worker.h"
#include "token_maker.h"

namespace sluice::token {

using Algorithm = policy::JwsAlgorithm;

class VerifiedMemoryTest : public testing::Test {
 protected:
  static constexpr VerifiedMemory::Limits kLimits{.tokens = 64, .max_age = Duration::seconds(600)};

  std::string token(std::string_view claims) const { return maker.token(claims); }

  const VerifiedMemory::Entry* remember(const std::string& text, Dialect dialect = Dialect::kStrict) {
    const auto jws = decode(text, dialect, arena);
    EXPECT_TRUE(jws);
    return memory.remember(*jws, dialect, key.fingerprint());
  }
  bool knows(const std::string& text) { return memory.find(text, Dialect::kStrict) != nullptr; }

  test::TestWorker worker;
  Arena arena{worker.blocks};
  test::TokenMaker maker{Algorithm::kHs256};
  Key key = maker.key();
  VerifiedMemory memory{worker.context, kLimits};
};

TEST_F(VerifiedMemoryTest, AnUnknownTokenIsNotFound) {
  EXPECT_FALSE(knows(token("{}")));
  EXPECT_FALSE(knows(""));
  EXPECT_EQ(worker.counted(Counter::kTokenMemoryMisses), 2u);
}

TEST_F(VerifiedMemoryTest, ARememberedTokenIsFoundWithItsKeyAndClaims) {
  const std::string text = token(R"({"iss":"joe","list":["a","b"]})");
  ASSERT_NE(remember(text), nullptr);
  arena.clear();
  const auto* entry = memory.find(text, Dialect::kStrict);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->key, key.fingerprint());
  EXPECT_EQ(entry->jws.algorithm(), Algorithm::kHs256);
  EXPECT_EQ(entry->jws.token(), text);
  EXPECT_EQ(entry->jws.claim_string("iss"), "joe");
  EXPECT_EQ(worker.counted(Counter::kTokenMemoryHits), 1u);
}

// The hash covers the end of a token alone; the comparison covers all of it.
TEST_F(VerifiedMemoryTest, ATokenWithTheSameEndIsNotBelieved) {
  const std::string text = token(R"({"iss":"joe","admin":false})");
  remember(text);
  for (size_t i = 0; i < text.size(); i += 5) {
    std::string forged = text;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(knows(forged)) << "byte " << i;
  }
  EXPECT_FALSE(knows("x" + text));
  EXPECT_FALSE(knows(text.substr(1)));
  EXPECT_TRUE(knows(text));
}

TEST_F(VerifiedMemoryTest, ATokenIsForgottenWhenItExpires) {
  const int64_t now = worker.clock.wall_now().seconds();
  const std::string text = token("{\"exp\":" + std::to_string(now + 10) + "}");
  remember(text);
  worker.advance(Duration::milliseconds(9999));
  EXPECT_TRUE(knows(text));
  worker.advance(Duration::milliseconds(1));
  EXPECT_FALSE(knows(text));
}

TEST_F(VerifiedMemoryTest, AFractionOfASecondCounts) {
  const int64_t now = worker.clock.wall_now().seconds();
  const std::string text = token("{\"exp\":" + std::to_string(now + 1) + ".5}");
  remember(text);
  worker.advance(Duration::milliseconds(1400));
  EXPECT_TRUE(knows(text));
  worker.advance(Duration::milliseconds(101));
  EXPECT_FALSE(knows(text));
}

TEST_F(VerifiedMemoryTest, ATokenIsForgottenWhenItIsOld) {
  const std::string text = token(R"({"iss":"joe"})");
  remember(text);
  worker.advance(kLimits.max_age - Duration::nanoseconds(1));
  EXPECT_TRUE(knows(text));
  worker.advance(Duration::nanoseconds(1));
  EXPECT_FALSE(knows(text));
}

TEST_F(VerifiedMemoryTest, AnExpiredTokenIsNotKept) {
  EXPECT_EQ(remember(token(R"({"exp":1})")), nullptr);
  EXPECT_EQ(remember(token(R"({"exp":-5})")), nullptr);
}

// Kong's reading ends at '=': whoever has one good token could write it in any number of ways.
TEST_F(VerifiedMemoryTest, ASignatureThatGoesOnBehindItsEndIsNotKept) {
  const std::string text = token(R"({"iss":"joe"})");
  for (const char* end : {"=", "=1"}) EXPECT_EQ(remember(text + end, Dialect::kKong), nullptr) << end;
  EXPECT_NE(remember(text, Dialect::kKong), nullptr);
}

TEST_F(VerifiedMemoryTest, StrangeExpiriesDoNotOverflow) {
  EXPECT_NE(remember(token(R"({"exp":1e300})")), nullptr);
  EXPECT_NE(remember(token(R"({"exp":9223372036})")), nullptr);
  EXPECT_NE(remember(token(R"({"exp":"x"})")), nullptr);
  EXPECT_EQ(remember(token(R"({"exp":-1e300})")), nullptr);
}

// What one dialect has read, the other may refuse: duplicate names, a typ that Kong does not know.
TEST_F(VerifiedMemoryTest, ATokenIsFoundInTheDialectItWasReadIn) {
  const std::string twice = token(R"({"iss":"a","iss":"b"})");
  remember(twice, Dialect::kKong);
  EXPECT_EQ(memory.find(twice, Dialect::kStrict), nullptr);
  EXPECT_NE(memory.find(twice, Dialect::kKong), nullptr);
  const std::string access = maker.token_with_header(R"({"alg":"HS256","typ":"at+jwt"})", "{}");
  remember(access, Dialect::kStrict);
  EXPECT_NE(memory.find(access, Dialect::kStrict), nullptr);
  EXPECT_EQ(memory.find(access, Dialect::kKong), nullptr);
}

TEST_F(VerifiedMemoryTest, OneEntryServesBothDialects) {
  const std::string text = token(R"({"iss":"a"})");
  remember(text, Dialect::kStrict);
  remember(text, Dialect::kKong);
  EXPECT_NE(memory.find(text, Dialect::kStrict), nullptr);
  EXPECT_NE(memory.find(text, Dialect::kKong), nullptr);
  EXPECT_EQ(worker.counted(Counter::kTokenMemoryEvictions), 0u);
}

TEST_F(VerifiedMemoryTest, RememberingAgainReplacesTheKey) {
  const std::string text = token(R"({"iss":"a"})");
  remember(text);
  const Key other = test::TokenMaker::with_secret(Algorithm::kHs256, "other").key();
  const auto* entry = memory.find(text, Dialect::kStrict);
  // From the memory into itself, as a rule does that trusts another key of the same token.
  entry = memory.remember(entry->jws, Dialect::kStrict, other.fingerprint());
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->key, other.fingerprint());
  EXPECT_EQ(entry->jws.claim_string("iss"), "a");
  EXPECT_EQ(worker.counted(Counter::kTokenMemoryEvictions), 0u);
}

TEST_F(VerifiedMemoryTest, ATokenThatDoesNotFitIsCounted) {
  EXPECT_EQ(remember(token("{\"x\":\"" + std::string(3000, 'a') + "\"}")), nullptr);
  EXPECT_EQ(worker.counted(Counter::kTokenMemoryTooLarge), 1u);
}

TEST_F(VerifiedMemoryTest, ManyTokensEvictAndTheLastOneStays) {
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) {
    texts.push_back(token("{\"n\":" + std::to_string(i) + "}"));
    ASSERT_NE(remember(texts.back()), nullptr);
    arena.clear();
    ASSERT_TRUE(knows(texts.back()));
  }
  size_t known = 0;
  for (const std::string& text : texts) known += knows(text);
  EXPECT_LE(known, kLimits.tokens);
  EXPECT_EQ(worker.counted(Counter::kTokenMemoryEvictions), texts.size() - known);
}

TEST_F(VerifiedMemoryTest, ATokenInUseOutlivesTheOthers) {
  const std::string used = token(R"({"n":"used"})");
  remember(used);
  for (int i = 0; i < 1000; ++i) {
    remember(token("{\"n\":" + std::to_string(i) + "}"));
    arena.clear();
    ASSERT_TRUE(knows(used)) << "after " << i;
  }
}

TEST(VerifiedMemoryHash, IsKeyedByTheWorkersRandomSource) {
  // Two workers place the same tokens differently: what one evicts says nothing about the other.
  test::TestWorker a(1), b(2);
  VerifiedMemory::Limits limits{.tokens = 16};
  VerifiedMemory memory_a(a.context, limits), memory_b(b.context, limits);
  const test::TokenMaker maker(Algorithm::kHs256);
  const Key key = maker.key();
  Arena arena(a.blocks);
  unsigned differences = 0;
  std::vector<std::string> texts;
  for (int i = 0; i < 64; ++i) {
    texts.push_back(maker.token("{\"n\":" + std::to_string(i) + "}"));
    const auto jws = decode(texts.back(), Dialect::kStrict, arena);
    memory_a.remember(*jws, Dialect::kStrict, key.fingerprint());
    memory_b.remember(*jws, Dialect::kStrict, key.fingerprint());
  }
  for (const std::string& text : texts) {
    differences +=
        (memory_a.find(text, Dialect::kStrict) == nullptr) != (memory_b.find(text, Dialect::kStrict) == nullptr);
  }
  EXPECT_GT(differences, 0u);
}

}  // namespace sluice::token
