// IPv6 extension headers, ICMPv6 and the messages of neighbour discovery: what is taken, what is refused.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/bytes.h"
#include "wire/icmpv6.h"
#include "wire/ipv6_extensions.h"
#include "wire/neighbour_discovery.h"

namespace sluice::wire {
namespace {

using test::Bytes;
using test::from_hex;

constexpr MacAddress kMac{{0x02, 0, 0, 0, 0, 0x0a}};
const IpAddress kA = *IpAddress::parse("2001:db8::1");
const IpAddress kB = *IpAddress::parse("2001:db8::2");

Result<Ipv6Chain, Ipv6ChainFault> walk(IpProtocol first, std::string_view hex) {
  const Bytes payload = from_hex(hex);
  const Ipv6Header header{
      .payload_length = static_cast<uint16_t>(payload.size()), .next_header = first, .source = kA, .destination = kB};
  Bytes packet(Ipv6Header::kBytes);
  emit_ipv6(header, packet);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return walk_extensions(header, packet);
}

TEST(Ipv6Extensions, None_IsTheTransportItself) {
  const auto chain = walk(IpProtocol::kTcp, "00");
  ASSERT_TRUE(chain.ok());
  EXPECT_EQ(chain->protocol, IpProtocol::kTcp);
  EXPECT_EQ(chain->bytes, 40);
  EXPECT_EQ(chain->named_at, 6);
}

TEST(Ipv6Extensions, AreSteppedOver) {
  const auto chain =
      walk(IpProtocol::kHopByHopOptions, "2b00 010400000000  3c00 0000 00000000  0601 010c" + std::string(24, '0'));
  ASSERT_TRUE(chain.ok());
  EXPECT_EQ(chain->protocol, IpProtocol::kTcp);
  EXPECT_EQ(chain->bytes, 40 + 8 + 8 + 16);
  EXPECT_EQ(chain->named_at, 40 + 16);
}

TEST(Ipv6Extensions, FragmentHeader_EndsTheWalk) {
  const auto chain = walk(IpProtocol::kFragment, "0600 0009 deadbeef 00");
  ASSERT_TRUE(chain.ok());
  EXPECT_EQ(chain->fragment, (Ipv6Fragment{.offset = 8, .more = true, .identification = 0xdeadbeef}));
  EXPECT_EQ(chain->protocol, IpProtocol::kTcp);
  EXPECT_EQ(chain->bytes, 48);
}

TEST(Ipv6Extensions, AtomicFragment_IsSteppedOver) {
  const auto chain = walk(IpProtocol::kFragment, "0600 0000 deadbeef 00");
  ASSERT_TRUE(chain.ok());
  EXPECT_FALSE(chain->fragment);
  EXPECT_EQ(chain->protocol, IpProtocol::kTcp);
}

TEST(Ipv6Extensions, CutAnywhere_AreMalformed) {
  const std::string whole = "3c00 010400000000 0600 010400000000";
  const std::string digits = "3c000104000000000600010400000000";
  for (size_t n = 0; n < digits.size(); n += 2) {
    const auto chain = walk(IpProtocol::kHopByHopOptions, digits.substr(0, n));
    ASSERT_FALSE(chain.ok()) << n;
    EXPECT_EQ(chain.error().kind, Ipv6ChainFault::Kind::kMalformed);
  }
  EXPECT_TRUE(walk(IpProtocol::kHopByHopOptions, whole).ok());
}

TEST(Ipv6Extensions, LongerThanTheBound_AreRefused) {
  const auto chain = walk(IpProtocol::kDestinationOptions, "0620 0100" + std::string(2 * 260, '0'));
  ASSERT_FALSE(chain.ok());
  EXPECT_EQ(chain.error().kind, Ipv6ChainFault::Kind::kTooLong);
}

TEST(IcmpV6, Echo_IsReadBackByItsEndsAlone) {
  Bytes message = from_hex("0000000000000000 6162636465");
  const IcmpV6Header header{.type = IcmpV6Type::kEchoRequest, .rest = 0x12340001};
  emit_icmpv6(kA, kB, header, message);
  EXPECT_EQ(parse_icmpv6(kA, kB, message), header);
  EXPECT_FALSE(parse_icmpv6(kA, kA, message));
  EXPECT_FALSE(parse_icmpv6(kA, kB, std::span(message).first(7)));
}

TEST(NeighbourDiscovery, Messages_AreReadBack) {
  const NeighbourSolicitation asked{kB, kMac};
  Bytes question(32);
  emit_neighbour_solicitation(asked, {kA, kB}, question);
  EXPECT_EQ(parse_neighbour_solicitation(question), asked);
  const NeighbourAdvertisement said{
      .router = true, .solicited = true, .override = true, .target = kA, .target_mac = {}};
  Bytes answer(24);
  emit_neighbour_advertisement(said, {kA, kB}, answer);
  EXPECT_EQ(parse_neighbour_advertisement(answer), said);
  EXPECT_TRUE(parse_icmpv6(kA, kB, answer));
}

TEST(NeighbourDiscovery, UnknownOptions_AreSteppedOver) {
  Bytes message(24);
  emit_neighbour_solicitation({kB, {}}, {kA, kB}, message);
  const Bytes options = from_hex("0e01 010203040506  0102 000000000000 0000000000000000  0101 02000000000a");
  message.insert(message.end(), options.begin(), options.end());
  EXPECT_EQ(parse_neighbour_solicitation(message)->source_mac, kMac);
}

TEST(NeighbourDiscovery, OptionsWithoutLengthOrPastTheEnd_AreRefused) {
  for (const char* options : {"0100 02000000000a", "0102 02000000000a", "01", "0101 0200"}) {
    Bytes message(24);
    emit_neighbour_solicitation({kB, {}}, {kA, kB}, message);
    const Bytes more = from_hex(options);
    message.insert(message.end(), more.begin(), more.end());
    EXPECT_FALSE(parse_neighbour_solicitation(message)) << options;
  }
}

TEST(NeighbourDiscovery, GroupAsTargetOrCode_IsRefused) {
  Bytes message(24);
  emit_neighbour_solicitation({*IpAddress::parse("ff02::1"), {}}, {kA, kB}, message);
  EXPECT_FALSE(parse_neighbour_solicitation(message));
  emit_neighbour_solicitation({kB, {}}, {kA, kB}, message);
  message[1] = std::byte{1};
  EXPECT_FALSE(parse_neighbour_solicitation(message));
}

TEST(NeighbourDiscovery, Truncated_IsRefused) {
  Bytes message(24);
  emit_neighbour_solicitation({kB, {}}, {kA, kB}, message);
  for (size_t n = 0; n < message.size(); ++n) {
    EXPECT_FALSE(parse_neighbour_solicitation(std::span(message).first(n)));
    EXPECT_FALSE(parse_neighbour_advertisement(std::span(message).first(n)));
    const size_t shorter = std::min(n, RouterAdvertisement::kBytes - 1);
    EXPECT_FALSE(parse_router_advertisement(std::span(message).first(shorter)));
  }
}

}  // namespace
}  // namespace sluice::wire
