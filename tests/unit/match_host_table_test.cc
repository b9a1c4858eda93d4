// Host patterns: exact names, wildcards at either end, ports.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "match/host_table.h"

namespace sluice::match {
namespace {

using Places = std::set<uint32_t>;

Places matches(std::vector<std::string> patterns, std::string_view host, uint16_t port = 80) {
  Places places;
  HostTable(patterns).matches(host, Port{port}, [&](uint32_t place) { places.insert(place); });
  return places;
}

TEST(HostTable, ExactNameIsTheWholeName) {
  EXPECT_EQ(matches({"shop.example"}, "shop.example"), Places{0});
  EXPECT_EQ(matches({"shop.example"}, "xshop.example"), Places());
  EXPECT_EQ(matches({"shop.example"}, "shop.example.x"), Places());
}

TEST(HostTable, LettersCompareWithoutRegardToCase) {
  EXPECT_EQ(matches({"Shop.Example", "*.Example", "SHOP.*"}, "sHOP.eXAMPLE"), (Places{0, 1, 2}));
}

TEST(HostTable, LeftWildcardHoldsForEveryDepthAndForNone) {
  const std::vector<std::string> patterns = {"*.shop.example", "*.a.shop.example"};
  EXPECT_EQ(matches(patterns, "x.a.shop.example"), (Places{0, 1}));
  EXPECT_EQ(matches(patterns, ".shop.example"), Places{0});
  EXPECT_EQ(matches(patterns, "shop.example"), Places());
}

TEST(HostTable, RightWildcardNeedsTheDot) {
  EXPECT_EQ(matches({"shop.*"}, "shop.org"), Places{0});
  EXPECT_EQ(matches({"shop.*"}, "shopping.org"), Places());
}

TEST(HostTable, PortMustBeEqualWhereThePatternNamesOne) {
  const std::vector<std::string> patterns = {"a.example:81", "a.example", "*.example:82", "a.*:81"};
  EXPECT_EQ(matches(patterns, "a.example", 81), (Places{0, 1, 3}));
  EXPECT_EQ(matches(patterns, "a.example", 82), (Places{1, 2}));
}

TEST(HostTable, Ipv6AddressWithAndWithoutPort) {
  EXPECT_EQ(matches({"[2001:db8::1]", "[2001:db8::1]:81"}, "[2001:db8::1]", 81), (Places{0, 1}));
  EXPECT_EQ(matches({"[2001:db8::1]", "[2001:db8::1]:81"}, "[2001:db8::1]", 80), Places{0});
}

TEST(HostTable, EmptyHostMatchesNothing) {
  EXPECT_EQ(matches({"a.example", "*.example"}, ""), Places());
}

TEST(HostTable, HostLongerThanAnyNameMatchesNothing) {
  EXPECT_EQ(matches({"*.example"}, std::string(300, 'a') + ".example"), Places());
}

TEST(HostTable, MostMatchesFitTheirBound) {
  std::vector<std::string> patterns;
  std::string host;
  for (int i = 0; i < 100; ++i) {
    host += "a.";
    patterns.push_back(host + "*");
    patterns.push_back("*" + std::string(".a") + host.substr(0, host.size() - 2));
  }
  host += "a";
  EXPECT_LE(matches(patterns, host).size(), HostTable::kMaxMatches);
  EXPECT_GE(matches(patterns, host).size(), 100u);
}

}  // namespace
}  // namespace sluice::match
