// The trie of prefixes, held against a list.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "match/prefix_trie.h"

namespace sluice::match {
namespace {

using Found = std::vector<std::pair<uint32_t, size_t>>;  // number, length

Found prefixes_of(const PrefixTrie& trie, std::string_view subject) {
  Found found;
  trie.prefixes_of(subject, [&](uint32_t number, size_t length) { found.emplace_back(number, length); });
  return found;
}

TEST(PrefixTrie, EmptyFindsNothing) {
  EXPECT_EQ(prefixes_of(PrefixTrie(), "/a"), Found());
  EXPECT_EQ(PrefixTrie().find(""), std::nullopt);
}

TEST(PrefixTrie, FindsAllPrefixesShortestFirst) {
  const PrefixTrie trie({{"/api/v1", 1}, {"/", 2}, {"/api", 3}, {"/apx", 4}});
  EXPECT_EQ(prefixes_of(trie, "/api/v1/x"), (Found{{2, 1}, {3, 4}, {1, 7}}));
  EXPECT_EQ(prefixes_of(trie, "/ap"), (Found{{2, 1}}));
}

TEST(PrefixTrie, EmptyTextIsAPrefixOfEverything) {
  const PrefixTrie trie({{"", 7}, {"a", 8}});
  EXPECT_EQ(prefixes_of(trie, "ab"), (Found{{7, 0}, {8, 1}}));
  EXPECT_EQ(trie.find(""), 7u);
}

TEST(PrefixTrie, FindWantsTheWholeText) {
  const PrefixTrie trie({{"shop.example", 1}, {"shop", 2}});
  EXPECT_EQ(trie.find("shop.example"), 1u);
  EXPECT_EQ(trie.find("shop.exampl"), std::nullopt);
  EXPECT_EQ(trie.find("shop.example."), std::nullopt);
  EXPECT_EQ(trie.find("shop"), 2u);
}

TEST(PrefixTrie, BytesAboveAsciiAreBytes) {
  const PrefixTrie trie({{"/caf\xc3\xa9", 1}, {std::string("/\0x", 3), 2}});
  EXPECT_EQ(trie.find("/caf\xc3\xa9"), 1u);
  EXPECT_EQ(trie.find(std::string_view("/\0x", 3)), 2u);
}

TEST(PrefixTrie, AgreesWithAList) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto text = [&](uint32_t longest) {
    std::string t;
    for (uint32_t i = random() % (longest + 1); i > 0; --i) t += "ab/"[random() % 3];
    return t;
  };
  for (int round = 0; round < 300; ++round) {
    std::set<std::string> texts;
    for (uint32_t i = random() % 30; i > 0; --i) texts.insert(text(8));
    std::vector<PrefixTrie::Entry> entries;
    for (const std::string& t : texts) entries.emplace_back(t, static_cast<uint32_t>(entries.size()));
    const PrefixTrie trie(entries);
    for (int i = 0; i < 30; ++i) {
      const std::string subject = text(10);
      Found expected;
      for (size_t length = 0; length <= subject.size(); ++length) {
        const auto known = texts.find(subject.substr(0, length));
        if (known != texts.end()) expected.emplace_back(std::distance(texts.begin(), known), length);
      }
      ASSERT_EQ(prefixes_of(trie, subject), expected) << subject;
    }
  }
}

}  // namespace
}  // namespace sluice::match
