#include "http/header_map.h"

#include <gtest/gtest.h>

#include <string>

#include "http/date.h"
#include "http/status.h"
#include "support/test_worker.h"

namespace sluice::http {

TEST(IEquals, FoldsLettersOfEveryLengthAndNothingElse) {
  for (size_t n = 0; n <= 40; ++n) {
    const std::string lower = std::string("abcdefghijklmnopqrstuvwxyz-0123456789_{}~").substr(0, n);
    std::string upper = lower;
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    EXPECT_TRUE(iequals(lower, upper)) << n;
    for (size_t i = 0; i < n; ++i) {
      std::string other = upper;
      other[i] = '!';
      EXPECT_FALSE(iequals(lower, other)) << n << " at " << i;
    }
  }
}

TEST(IEquals, AgreesWithTheDefinitionOnEveryPairOfBytes) {
  const auto fold = [](int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const char x = static_cast<char>(a), y = static_cast<char>(b);
      const std::string one(9, x), two(9, y);
      ASSERT_EQ(iequals({&x, 1}, {&y, 1}), fold(a) == fold(b)) << a << " " << b;
      ASSERT_EQ(iequals(one, two), fold(a) == fold(b)) << a << " " << b;
    }
  }
}

class Headers : public testing::Test {
 protected:
  std::string text() const {
    std::string all;
    for (const Header& h : map.all()) all += std::string(h.name) + ":" + std::string(h.value) + " ";
    return all;
  }
  test::TestWorker worker;
  Arena arena{worker.blocks};
  HeaderMap map{arena};
};

TEST_F(Headers, Find_GivesTheFirstOfAName) {
  ASSERT_TRUE(map.add("X-A", "1") && map.add("x-a", "2") && map.add("Y", ""));
  EXPECT_EQ(map.find("X-a"), "1");
  EXPECT_EQ(map.find("y"), "");
  EXPECT_EQ(map.find("z"), std::nullopt);
  EXPECT_EQ(map.count("X-A"), 2u);
}

TEST_F(Headers, Set_ReplacesAllAtThePlaceOfTheFirst) {
  ASSERT_TRUE(map.add("A", "1") && map.add("B", "2") && map.add("a", "3") && map.add("C", "4") && map.add("A", "5"));
  ASSERT_TRUE(map.set("A", "x"));
  EXPECT_EQ(text(), "A:x B:2 C:4 ");
  ASSERT_TRUE(map.set_copy("D", "y"));
  EXPECT_EQ(text(), "A:x B:2 C:4 D:y ");
}

TEST_F(Headers, Remove_KeepsTheOrderOfOthers) {
  ASSERT_TRUE(map.add("A", "1") && map.add("B", "2") && map.add("a", "3") && map.add("C", "4"));
  EXPECT_EQ(map.remove("A"), 2u);
  EXPECT_EQ(text(), "B:2 C:4 ");
}

TEST_F(Headers, AddCopy_OutlivesItsArguments) {
  std::string name = "Name", value = "value";
  ASSERT_TRUE(map.add_copy(name, value));
  name = "XXXX";
  value = "xxxxx";
  EXPECT_EQ(text(), "Name:value ");
}

TEST_F(Headers, Add_GrowsAndRefusesWithoutMemory) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(map.add_copy("N" + std::to_string(i), "v"));
  EXPECT_EQ(map.size(), 1000u);
  EXPECT_EQ(map.all()[999].name, "N999");
  BlockPool empty(0);
  Arena none(empty);
  HeaderMap refused(none);
  EXPECT_FALSE(refused.add("A", "1"));
}

TEST(Date, IsFormattedAsImfFixdate) {
  std::array<char, kDateLength> out;
  const auto text = [&](int64_t seconds) {
    format_date(WallTime{seconds * 1'000'000'000}, out);
    return std::string(out.data(), out.size());
  };
  EXPECT_EQ(text(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(text(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(text(1709164799), "Wed, 28 Feb 2024 23:59:59 GMT");
  EXPECT_EQ(text(1709164800), "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(Date, CacheFollowsTheSecond) {
  DateCache cache;
  EXPECT_EQ(cache.text(WallTime{999'999'999}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(cache.text(WallTime{1'000'000'000}), "Thu, 01 Jan 1970 00:00:01 GMT");
}

TEST(ReasonPhrase, IsNginxsWhereItDiffers) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(405), "Not Allowed");
  EXPECT_EQ(reason_phrase(504), "Gateway Time-out");
  EXPECT_EQ(reason_phrase(599), "");
}

}  // namespace sluice::http
