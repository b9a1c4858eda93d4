// Ethernet, ARP, IPv4, IPv6 and ICMP: what is taken, what is refused, and that emit and parse are inverse.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "support/bytes.h"
#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace sluice::wire {
namespace {

using test::Bytes;
using test::from_hex;

constexpr MacAddress kMacA{{0x02, 0, 0, 0, 0, 0x0a}};
constexpr MacAddress kMacB{{0x02, 0, 0, 0, 0, 0x0b}};
const IpAddress kIpA = IpAddress::v4(0xC6120001);
const IpAddress kIpB = IpAddress::v4(0xC6120002);

// Every proper prefix of `whole` must be refused by `parse`.
template <typename Parse>
void expect_refuses_prefixes(const Bytes& whole, size_t needed, Parse parse) {
  for (size_t n = 0; n < needed; ++n) EXPECT_FALSE(parse(std::span(whole).first(n))) << n;
  EXPECT_TRUE(parse(std::span(whole).first(needed)));
}

TEST(Ethernet, Untagged_IsParsed) {
  const Bytes frame = from_hex("02000000000b 02000000000a 0800 45");
  const auto parsed = parse_ethernet(frame);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header,
            (EthernetHeader{.destination = kMacB, .source = kMacA, .vlan = std::nullopt, .type = EtherType::kIpv4}));
  EXPECT_EQ(parsed->header_bytes, 14);
}

TEST(Ethernet, Tagged_KeepsTheVlanAndDropsThePriority) {
  const auto parsed = parse_ethernet(from_hex("02000000000b 02000000000a 8100 e00c 0806"));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header.vlan, 12);
  EXPECT_EQ(parsed->header.type, EtherType::kArp);
  EXPECT_EQ(parsed->header_bytes, 18);
}

TEST(Ethernet, PriorityTag_IsNoVlan) {
  const auto parsed = parse_ethernet(from_hex("02000000000b 02000000000a 8100 6000 0800"));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header.vlan, std::nullopt);
  EXPECT_EQ(parsed->header_bytes, 18);
}

TEST(Ethernet, SecondTag_IsAnUnknownType) {
  const auto parsed = parse_ethernet(from_hex("02000000000b 02000000000a 8100 000c 8100 000d 0800"));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header.type, EtherType::kVlan);
}

TEST(Ethernet, Truncated_IsRefused) {
  expect_refuses_prefixes(from_hex("02000000000b 02000000000a 0800"), 14, parse_ethernet);
  expect_refuses_prefixes(from_hex("02000000000b 02000000000a 8100 000c 0800"), 18, parse_ethernet);
}

TEST(Ethernet, Emit_IsReadBack) {
  for (const std::optional<uint16_t> vlan : {std::optional<uint16_t>(), std::optional<uint16_t>(4094)}) {
    const EthernetHeader header{.destination = kMacA, .source = kMacB, .vlan = vlan, .type = EtherType::kIpv6};
    Bytes out(ethernet_header_bytes(header));
    emit_ethernet(header, out);
    EXPECT_EQ(parse_ethernet(out)->header, header);
  }
}

const char* const kArpRequest = "0001 0800 06 04 0001 02000000000a c6120001 000000000000 c6120002";

TEST(Arp, Request_IsParsed) {
  const auto arp = parse_arp(from_hex(kArpRequest));
  ASSERT_TRUE(arp);
  EXPECT_EQ(*arp, (ArpPacket{.operation = ArpPacket::Operation::kRequest,
                             .sender_mac = kMacA,
                             .sender_ip = kIpA,
                             .target_mac = {},
                             .target_ip = kIpB}));
}

TEST(Arp, OtherKinds_AreRefused) {
  for (const char* hex : {"0006 0800 06 04 0001 02000000000a c6120001 000000000000 c6120002",  // token ring
                          "0001 86dd 06 04 0001 02000000000a c6120001 000000000000 c6120002",  // another protocol
                          "0001 0800 08 04 0001 02000000000a c6120001 000000000000 c6120002",  // long MAC
                          "0001 0800 06 10 0001 02000000000a c6120001 000000000000 c6120002",  // long IP
                          "0001 0800 06 04 0003 02000000000a c6120001 000000000000 c6120002",  // RARP
                          "0001 0800 06 04 0000 02000000000a c6120001 000000000000 c6120002"}) {
    EXPECT_FALSE(parse_arp(from_hex(hex))) << hex;
  }
}

TEST(Arp, Truncated_IsRefused) {
  expect_refuses_prefixes(from_hex(kArpRequest), ArpPacket::kBytes, parse_arp);
}

TEST(Arp, Emit_IsReadBack) {
  const ArpPacket packet{.operation = ArpPacket::Operation::kReply,
                         .sender_mac = kMacB,
                         .sender_ip = kIpB,
                         .target_mac = kMacA,
                         .target_ip = kIpA};
  Bytes out(ArpPacket::kBytes);
  emit_arp(packet, out);
  EXPECT_EQ(parse_arp(out), packet);
}

// A header of `words` 32-bit words with a right checksum, then `payload` bytes of zero.
Bytes ipv4_packet(uint8_t version_and_length, uint16_t total_length, size_t payload, uint16_t fragment = 0) {
  Bytes packet((version_and_length & 15) * 4 + payload);
  packet[0] = std::byte{version_and_length};
  packet[2] = static_cast<std::byte>(total_length >> 8);
  packet[3] = static_cast<std::byte>(total_length);
  packet[6] = static_cast<std::byte>(fragment >> 8);
  packet[7] = static_cast<std::byte>(fragment);
  packet[8] = std::byte{64};
  packet[9] = std::byte{6};
  packet[12] = std::byte{198};
  packet[16] = std::byte{199};
  const uint16_t sum =
      internet_checksum(std::span(packet).first(std::min<size_t>(packet.size(), (version_and_length & 15) * 4)));
  packet[10] = static_cast<std::byte>(sum >> 8);
  packet[11] = static_cast<std::byte>(sum);
  return packet;
}

Ipv4Fault fault_of(const Bytes& packet) {
  const auto parsed = parse_ipv4(packet);
  EXPECT_FALSE(parsed.ok());
  return parsed.error();
}

TEST(Ipv4, Plain_IsParsed) {
  // The example of Wikipedia's "Internet checksum": 192.168.0.1 to 192.168.0.199, UDP, DF, checksum b861.
  Bytes packet = from_hex("4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7");
  packet.resize(0x73);
  const auto parsed = parse_ipv4(packet);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->header, (Ipv4Header{.total_length = 0x73,
                                        .dont_fragment = true,
                                        .ttl = 64,
                                        .protocol = IpProtocol::kUdp,
                                        .source = IpAddress::v4(0xc0a80001),
                                        .destination = IpAddress::v4(0xc0a800c7)}));
  EXPECT_EQ(parsed->header_bytes, 20);
}

TEST(Ipv4, Padding_BehindTotalLengthIsNoFault) {
  EXPECT_TRUE(parse_ipv4(ipv4_packet(0x45, 21, 26)).ok());
}

TEST(Ipv4, Options_AreSteppedOver) {
  const auto parsed = parse_ipv4(ipv4_packet(0x4f, 64, 4));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->header_bytes, 60);
}

// A packet with these options, as many as make whole words.
Bytes with_options(std::string_view hex) {
  const Bytes options = from_hex(hex);
  Bytes packet = ipv4_packet(static_cast<uint8_t>(0x45 + options.size() / 4), 60, 60 - 20 - options.size());
  std::copy(options.begin(), options.end(), packet.begin() + 20);
  packet[10] = packet[11] = std::byte{0};
  const uint16_t sum = internet_checksum(std::span(packet).first(20 + options.size()));
  packet[10] = static_cast<std::byte>(sum >> 8);
  packet[11] = static_cast<std::byte>(sum);
  return packet;
}

// RFC 1122 3.2.1.8: the pointer stands on a hop that is still to come.
TEST(Ipv4, SourceRouteWithHopsLeft_IsRefused) {
  for (const char* options : {"83 07 04 c6120009 00", "89 07 04 c6120009 00", "01 83 0b 08 c6120009 c6120008",
                              "94 04 0000 89 07 07 c6120009 00", "83 07 00 c6120009 00"}) {
    EXPECT_EQ(fault_of(with_options(options)), Ipv4Fault::kSourceRoute) << options;
  }
}

TEST(Ipv4, SourceRouteThatHasEnded_AndOtherOptions_AreSteppedOver) {
  for (const char* options : {"83 07 08 c6120009 00", "89 03 04 00", "07 07 04 00000000 00", "94 04 0000",
                              "00 83 07 04 c6120009", "01 01 01 01"}) {
    EXPECT_TRUE(parse_ipv4(with_options(options)).ok()) << options;
  }
}

TEST(Ipv4, OptionWithoutLengthOrPastTheHeader_IsMalformed) {
  for (const char* options : {"94 00 0000", "94 01 0000", "94 05 0000", "01 01 01 94", "01 01 83 02", "83 09 04 00"}) {
    EXPECT_EQ(fault_of(with_options(options)), Ipv4Fault::kMalformed) << options;
  }
}

TEST(Ipv4, LengthsThatContradict_AreMalformed) {
  EXPECT_EQ(fault_of(ipv4_packet(0x44, 40, 20)), Ipv4Fault::kMalformed);  // header below 20 bytes
  EXPECT_EQ(fault_of(ipv4_packet(0x45, 19, 20)), Ipv4Fault::kMalformed);  // total length below the header
  EXPECT_EQ(fault_of(ipv4_packet(0x4f, 59, 20)), Ipv4Fault::kMalformed);
  EXPECT_EQ(fault_of(ipv4_packet(0x65, 40, 20)), Ipv4Fault::kMalformed);  // version 6
  Bytes short_of_its_options = ipv4_packet(0x4f, 60, 0);
  short_of_its_options.resize(59);
  EXPECT_EQ(fault_of(short_of_its_options), Ipv4Fault::kMalformed);
  EXPECT_EQ(fault_of(Bytes(19)), Ipv4Fault::kMalformed);
  EXPECT_EQ(fault_of({}), Ipv4Fault::kMalformed);
}

TEST(Ipv4, MoreThanArrived_IsTruncated) {
  EXPECT_EQ(fault_of(ipv4_packet(0x45, 41, 20)), Ipv4Fault::kTruncated);
  EXPECT_EQ(fault_of(ipv4_packet(0x45, 65535, 20)), Ipv4Fault::kTruncated);
}

TEST(Ipv4, AnyFlippedBitOfTheHeader_IsRefused) {
  const Bytes good = ipv4_packet(0x45, 40, 20);
  ASSERT_TRUE(parse_ipv4(good).ok());
  for (size_t bit = 0; bit < 160; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(parse_ipv4(bad).ok()) << bit;
  }
}

TEST(Ipv4, Fragments_AreRecognised) {
  EXPECT_FALSE(parse_ipv4(ipv4_packet(0x45, 40, 20, 0x4000))->header.is_fragment());  // DF
  const auto first = parse_ipv4(ipv4_packet(0x45, 40, 20, 0x2000));
  EXPECT_TRUE(first->header.is_fragment());
  EXPECT_EQ(first->header.fragment_offset, 0);
  const auto last = parse_ipv4(ipv4_packet(0x45, 40, 20, 0x1fff));
  EXPECT_TRUE(last->header.is_fragment());
  EXPECT_EQ(last->header.fragment_offset, 65528);
}

TEST(Ipv4, Emit_IsReadBack) {
  const Ipv4Header header{.traffic_class = 0x12,
                          .total_length = 20,
                          .identification = 7,
                          .dont_fragment = true,
                          .fragment_offset = 800,
                          .ttl = 3,
                          .protocol = IpProtocol::kIcmp,
                          .source = kIpA,
                          .destination = kIpB};
  Bytes out(Ipv4Header::kMinBytes);
  emit_ipv4(header, true, out);
  const auto parsed = parse_ipv4(out);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->header, header);
}

TEST(Ipv4, EmitWithoutChecksum_LeavesTheFieldZero) {
  Bytes out(Ipv4Header::kMinBytes, std::byte{0xff});
  emit_ipv4({.total_length = 20, .source = kIpA, .destination = kIpB}, false, out);
  EXPECT_EQ(out[10], std::byte{0});
  EXPECT_EQ(out[11], std::byte{0});
}

TEST(QuotedIpv4, CutPayloadAndChecksum_AreNotHeldAgainstIt) {
  Bytes quote = ipv4_packet(0x45, 1500, 8);
  quote[10] ^= std::byte{0xff};
  const auto parsed = parse_quoted_ipv4(quote);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header.total_length, 1500);
  EXPECT_FALSE(parse_quoted_ipv4(std::span(quote).first(19)));
}

const char* const kIpv6 =
    "6 12 34567 0002 06 40 20010db8000000000000000000000001 20010db8000000000000000000000002 aabb";

TEST(Ipv6, Plain_IsParsed) {
  const auto h = parse_ipv6(from_hex(kIpv6));
  ASSERT_TRUE(h);
  EXPECT_EQ(h->traffic_class, 0x12);
  EXPECT_EQ(h->flow_label, 0x34567u);
  EXPECT_EQ(h->payload_length, 2);
  EXPECT_EQ(h->next_header, IpProtocol::kTcp);
  EXPECT_EQ(h->source.to_string(), "2001:db8::1");
  EXPECT_EQ(h->destination.to_string(), "2001:db8::2");
}

TEST(Ipv6, Truncated_IsRefused) {
  expect_refuses_prefixes(from_hex(kIpv6), 42, parse_ipv6);
}

TEST(Ipv6, MappedAddress_IsRefused) {
  EXPECT_FALSE(
      parse_ipv6(from_hex("60000000 0000 06 40 00000000000000000000ffffc6120001 20010db8000000000000000000000002")));
}

TEST(Ipv6, OtherVersion_IsRefused) {
  EXPECT_FALSE(
      parse_ipv6(from_hex("40000000 0000 06 40 20010db8000000000000000000000001 20010db8000000000000000000000002")));
}

TEST(Ipv6, Emit_IsReadBack) {
  const Ipv6Header header{.traffic_class = 0xb8,
                          .flow_label = 0xfffff,
                          .payload_length = 0,
                          .next_header = IpProtocol::kIcmpV6,
                          .hop_limit = 255,
                          .source = *IpAddress::parse("fe80::1"),
                          .destination = *IpAddress::parse("ff02::1")};
  Bytes out(Ipv6Header::kBytes);
  emit_ipv6(header, out);
  EXPECT_EQ(parse_ipv6(out), header);
}

TEST(IcmpV4, Echo_IsReadBack) {
  Bytes message = from_hex("0000000000000000 61626364 65");
  const IcmpV4Header header{.type = IcmpV4Type::kEchoRequest, .code = 0, .rest = 0x12340001};
  emit_icmpv4(header, message);
  EXPECT_EQ(parse_icmpv4(message), header);
  EXPECT_FALSE(header.is_error());
}

TEST(IcmpV4, WrongChecksumOrShort_IsRefused) {
  Bytes message(8);
  emit_icmpv4({.type = IcmpV4Type::kEchoRequest}, message);
  EXPECT_FALSE(parse_icmpv4(std::span(message).first(7)));
  message[7] ^= std::byte{1};
  EXPECT_FALSE(parse_icmpv4(message));
}

TEST(IcmpV4, FragmentationNeeded_CarriesTheMtu) {
  Bytes message(8);
  emit_icmpv4({.type = IcmpV4Type::kDestinationUnreachable, .code = 4, .rest = 1400}, message);
  const auto header = parse_icmpv4(message);
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->is_error());
  EXPECT_EQ(header->next_hop_mtu(), 1400);
}

}  // namespace
}  // namespace sluice::wire
