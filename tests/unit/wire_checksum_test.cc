#include "wire/checksum.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "support/bytes.h"

namespace sluice::wire {
namespace {

using test::Bytes;
using test::from_hex;

// RFC 1071 as it reads, two bytes at a time.
uint16_t plain_sum(std::span<const std::byte> bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) sum += std::to_integer<uint64_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

Bytes random_bytes(Random& random, size_t n) {
  Bytes bytes(n);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random.next());
  return bytes;
}

TEST(Checksum, MatchesTheExampleOfRfc1071) {
  const Bytes bytes = from_hex("0001 f203 f4f5 f6f7");
  InternetChecksum sum;
  sum.add(bytes);
  EXPECT_EQ(sum.sum(), 0xddf2);
  EXPECT_EQ(internet_checksum(bytes), 0x220d);
}

TEST(Checksum, OfNothingAndOfOneByte) {
  EXPECT_EQ(internet_checksum({}), 0xffff);
  EXPECT_EQ(internet_checksum(from_hex("ab")), static_cast<uint16_t>(~0xab00));
}

TEST(Checksum, AllOnes_FoldsToOnes) {
  InternetChecksum sum;
  sum.add(Bytes(65535, std::byte{0xff}));
  EXPECT_EQ(sum.sum(), plain_sum(Bytes(65535, std::byte{0xff})));
}

TEST(Checksum, AgreesWithTheDefinitionAtEveryLength) {
  Random random(3);
  for (size_t n = 0; n < 300; ++n) {
    const Bytes bytes = random_bytes(random, n);
    EXPECT_EQ(internet_checksum(bytes), static_cast<uint16_t>(~plain_sum(bytes))) << n;
  }
}

TEST(Checksum, Pieces_OfAnyLengthSumToTheWhole) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    const Bytes whole = random_bytes(random, random.below(3000));
    InternetChecksum sum;
    std::span<const std::byte> left(whole);
    while (!left.empty()) {
      const size_t n = std::min<size_t>(left.size(), random.below(100));
      sum.add(left.first(n));
      left = left.subspan(n);
    }
    EXPECT_EQ(sum.sum(), plain_sum(whole)) << "seed " << seed;
  }
}

TEST(Checksum, PseudoHeader_IsThatOfRfc9293) {
  const auto sum = pseudo_header_sum(IpAddress::v4(0xC6120001), IpAddress::v4(0xC6120002), 6, 20);
  EXPECT_EQ(sum.sum(), plain_sum(from_hex("c6120001 c6120002 00 06 0014")));
}

TEST(Checksum, PseudoHeader_IsThatOfRfc8200) {
  const auto sum = pseudo_header_sum(*IpAddress::parse("2001:db8::1"), *IpAddress::parse("2001:db8::2"), 58, 0x12345);
  EXPECT_EQ(sum.sum(), plain_sum(from_hex("20010db8000000000000000000000001 20010db8000000000000000000000002"
                                          "00012345 000000 3a")));
}

TEST(Checksum, Update_EqualsComputingAnew) {
  Random random(5);
  for (int i = 0; i < 2000; ++i) {
    Bytes bytes = random_bytes(random, 20);
    const uint16_t before = internet_checksum(bytes);
    const size_t word = random.below(10) * 2;
    const auto old_word =
        static_cast<uint16_t>(std::to_integer<unsigned>(bytes[word]) << 8 | std::to_integer<unsigned>(bytes[word + 1]));
    const auto new_word = static_cast<uint16_t>(random.next());
    bytes[word] = static_cast<std::byte>(new_word >> 8);
    bytes[word + 1] = static_cast<std::byte>(new_word);
    ASSERT_EQ(updated_checksum(before, old_word, new_word), internet_checksum(bytes)) << i;
  }
}

// The case that RFC 1624 corrects RFC 1141 for.
TEST(Checksum, Update_MatchesTheExampleOfRfc1624) {
  EXPECT_EQ(updated_checksum(0xdd2f, 0x5555, 0x3285), 0x0000);
}

}  // namespace
}  // namespace sluice::wire
