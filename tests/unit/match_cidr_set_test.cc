// Sets of prefixes: what is in them, whatever order and overlap they were given in.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "match/cidr_set.h"

namespace sluice::match {
namespace {

CidrSet set_of(std::initializer_list<const char*> texts) {
  std::vector<Cidr> prefixes;
  for (const char* text : texts) prefixes.push_back(*Cidr::parse(text));
  return CidrSet(prefixes);
}

bool holds(const CidrSet& set, const char* address) {
  return set.contains(*IpAddress::parse(address));
}

TEST(CidrSet, EmptyHoldsNothing) {
  EXPECT_TRUE(CidrSet().empty());
  EXPECT_FALSE(holds(CidrSet(), "192.0.2.1"));
}

TEST(CidrSet, PrefixHoldsItsFirstAndLastAddress) {
  const CidrSet set = set_of({"192.0.2.0/25"});
  EXPECT_TRUE(holds(set, "192.0.2.0"));
  EXPECT_TRUE(holds(set, "192.0.2.127"));
  EXPECT_FALSE(holds(set, "192.0.1.255"));
  EXPECT_FALSE(holds(set, "192.0.2.128"));
}

TEST(CidrSet, InnerPrefixDoesNotCutTheOuterOneShort) {
  const CidrSet set = set_of({"10.1.2.3", "10.0.0.0/8", "10.1.0.0/16"});
  EXPECT_TRUE(holds(set, "10.1.2.3"));
  EXPECT_TRUE(holds(set, "10.255.255.255"));
  EXPECT_FALSE(holds(set, "11.0.0.0"));
}

TEST(CidrSet, OfPrefixesThatBeginAlikeTheLongestCounts) {
  EXPECT_TRUE(holds(set_of({"10.0.0.0/25", "10.0.0.0/8"}), "10.9.9.9"));
  EXPECT_TRUE(holds(set_of({"10.0.0.0/8", "10.0.0.0/25"}), "10.9.9.9"));
}

TEST(CidrSet, EveryIpv4AddressIsNoIpv6Address) {
  const CidrSet set = set_of({"0.0.0.0/0"});
  EXPECT_TRUE(holds(set, "255.255.255.255"));
  EXPECT_TRUE(holds(set, "::ffff:1.2.3.4"));
  EXPECT_FALSE(holds(set, "2001:db8::1"));
}

TEST(CidrSet, EveryAddress) {
  const CidrSet set = set_of({"::/0"});
  EXPECT_TRUE(holds(set, "192.0.2.1"));
  EXPECT_TRUE(holds(set, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
}

TEST(CidrSet, AgreesWithEachPrefixTriedAlone) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<Cidr> prefixes;
    for (uint32_t i = random() % 12; i > 0; --i) {
      const std::string text = "10." + std::to_string(random() % 3) + "." + std::to_string(random() % 4) + ".0/" +
                               std::to_string(8 + random() % 25);
      prefixes.push_back(*Cidr::parse(text));
    }
    const CidrSet set(prefixes);
    for (int i = 0; i < 50; ++i) {
      const IpAddress address = IpAddress::v4(0x0A000000u | (random() & 0x0003'07ffu));
      const bool expected =
          std::any_of(prefixes.begin(), prefixes.end(), [&](const Cidr& p) { return p.contains(address); });
      ASSERT_EQ(expected, set.contains(address)) << address.to_string();
    }
  }
}

}  // namespace
}  // namespace sluice::match
