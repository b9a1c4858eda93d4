// The small value types: byte reader, clock, addresses and prefixes.
#include <gtest/gtest.h>

#include <array>

#include "base/byte_reader.h"
#include "base/clock.h"
#include "sluice/ip_address.h"

namespace sluice {
namespace {

TEST(ByteReader, Reads_BigEndianInOrder) {
  const std::array<std::byte, 7> bytes = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                          std::byte{5}, std::byte{6}, std::byte{7}};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0x04050607u);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.left(), 0u);
}

TEST(ByteReader, ShortRead_FailsForGood) {
  const std::array<std::byte, 3> bytes{};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.left(), 0u);
  EXPECT_TRUE(reader.take(1).empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, Take_OfAllThenNothing) {
  const std::array<std::byte, 3> bytes{};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.take(3).size(), 3u);
  EXPECT_EQ(reader.take(0).size(), 0u);
  EXPECT_TRUE(reader.ok());
}

TEST(Clock, Advance_MovesBothTimes) {
  Clock clock(Instant{5}, WallTime{1000});
  clock.advance(Duration::nanoseconds(7));
  EXPECT_EQ(clock.now(), Instant{12});
  EXPECT_EQ(clock.wall_now(), WallTime{1007});
}

TEST(IpAddress, V4_IsKeptMapped) {
  const IpAddress a = IpAddress::v4(0xC6120001);
  EXPECT_TRUE(a.is_v4());
  EXPECT_EQ(a.v4_host_order(), 0xC6120001u);
  EXPECT_EQ(a.to_string(), "198.18.0.1");
  EXPECT_EQ(a, *IpAddress::parse("198.18.0.1"));
  EXPECT_EQ(a, *IpAddress::parse("::ffff:198.18.0.1"));
}

TEST(IpAddress, Parse_RefusesWhatIsNoAddress) {
  for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4/8",
                           "0x1.2.3.4", "::1%eth0", ":::", "1::2::3", "g::", "1:2:3:4:5:6:7:8:9",
                           "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, V6_IsFormattedAsRfc5952Says) {
  for (const auto& [in, out] : {std::pair{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
                                {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                                {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
                                {"::", "::"}}) {
    EXPECT_EQ(IpAddress::parse(in)->to_string(), out);
  }
}

TEST(IpAddress, Unspecified_InBothFamilies) {
  EXPECT_TRUE(IpAddress().is_unspecified());
  EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
  EXPECT_FALSE(IpAddress::parse("::1")->is_unspecified());
}

TEST(IpAddress, Format_NeedsRoom) {
  std::array<char, 4> small;
  EXPECT_TRUE(IpAddress::v4(0xC6120001).format(small).empty());
}

struct CidrCase {
  const char* prefix;
  const char* inside;
  const char* outside;
};

class CidrContains : public ::testing::TestWithParam<CidrCase> {};

TEST_P(CidrContains, ItsOwnAndNoOther) {
  const auto cidr = Cidr::parse(GetParam().prefix);
  ASSERT_TRUE(cidr);
  EXPECT_TRUE(cidr->contains(*IpAddress::parse(GetParam().inside)));
  EXPECT_FALSE(cidr->contains(*IpAddress::parse(GetParam().outside)));
}

INSTANTIATE_TEST_SUITE_P(Prefixes, CidrContains,
                         ::testing::Values(CidrCase{"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
                                           CidrCase{"198.18.0.0/15", "198.19.255.1", "198.20.0.0"},
                                           CidrCase{"198.18.0.77/25", "198.18.0.127", "198.18.0.128"},
                                           CidrCase{"198.18.0.1", "198.18.0.1", "198.18.0.2"},
                                           CidrCase{"0.0.0.0/0", "255.1.2.3", "::1"},
                                           CidrCase{"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"},
                                           CidrCase{"::1/128", "::1", "::2"}));

TEST(Cidr, HostBits_AreCleared) {
  EXPECT_EQ(Cidr::parse("198.18.0.77/24"), Cidr::parse("198.18.0.0/24"));
  EXPECT_EQ(Cidr::parse("198.18.0.77/24")->to_string(), "198.18.0.0/24");
  EXPECT_EQ(Cidr::parse("2001:db8::1/32")->to_string(), "2001:db8::/32");
}

TEST(Cidr, Parse_RefusesBadLengths) {
  for (const char* text :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/99999999999", "::/129", "/8", "10.0.0/8"}) {
    EXPECT_FALSE(Cidr::parse(text)) << text;
  }
}

}  // namespace
}  // namespace sluice
