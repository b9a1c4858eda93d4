#include "http/source_table.h"

#include <gtest/gtest.h>

#include <map>

namespace sluice::http {

TEST(SourceTable, BoundsEachSourceAlone) {
  Random random(1);
  SourceTable table(100, 2, random);
  const IpAddress a = IpAddress::v4(1), b = IpAddress::v4(2);
  EXPECT_TRUE(table.try_add(a) && table.try_add(a) && table.try_add(b));
  EXPECT_FALSE(table.try_add(a));
  table.remove(a);
  EXPECT_TRUE(table.try_add(a));
}

TEST(SourceTable, CountsIpv6ByItsSlash64) {
  Random random(1);
  SourceTable table(100, 1, random);
  EXPECT_TRUE(table.try_add(*IpAddress::parse("2001:db8::1")));
  EXPECT_FALSE(table.try_add(*IpAddress::parse("2001:db8::2")));
  EXPECT_TRUE(table.try_add(*IpAddress::parse("2001:db8:0:1::1")));
}

TEST(SourceTable, WithoutALimitTakesAll) {
  Random random(1);
  SourceTable table(1, 0, random);
  EXPECT_TRUE(table.try_add(IpAddress::v4(1)) && table.try_add(IpAddress::v4(1)));
  table.remove(IpAddress::v4(1));
}

TEST(SourceTable, AgreesWithAMapOverRandomWork) {
  const uint64_t seed = 20240607;
  SCOPED_TRACE(seed);
  Random random(seed);
  constexpr uint32_t kLimit = 3, kMost = 64;
  SourceTable table(kMost, kLimit, random);
  std::map<uint32_t, uint32_t> model;
  uint32_t total = 0;
  for (int i = 0; i < 100000; ++i) {
    const auto source = static_cast<uint32_t>(random.below(40));
    if (random.below(2) == 0 && total < kMost) {
      const bool expected = model[source] < kLimit;
      ASSERT_EQ(table.try_add(IpAddress::v4(source)), expected) << i;
      if (expected) ++model[source], ++total;
    } else if (model[source] > 0) {
      table.remove(IpAddress::v4(source));
      --model[source], --total;
    }
  }
}

}  // namespace sluice::http
