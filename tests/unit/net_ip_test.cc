// What becomes of IPv4 packets that arrive and of those that are sent.
#include <gtest/gtest.h>

#include "net/local_addresses.h"
#include "net/route_table.h"
#include "support/net_bench_v6.h"

namespace sluice::net {
namespace {

using namespace test;
using wire::IpProtocol;

const Bytes kText = from_text("twenty bytes of TCP.");

TEST(NetInput, TcpForUs_IsHandedUpWithoutItsHeaders) {
  NetBench bench;
  bench.ipv4(NetBench::from_peer(), kText);
  const auto segments = bench.take_segments();
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].source, kPeerIp);
  EXPECT_EQ(segments[0].destination, kOurIp);
  EXPECT_EQ(segments[0].bytes, kText);
  EXPECT_FALSE(segments[0].checksum_verified);
}

TEST(NetInput, LinkPadding_IsCutOff) {
  NetBench bench;
  Bytes packet = NetBench::ipv4_bytes(NetBench::from_peer(), kText);
  packet.resize(packet.size() + 26);
  bench.ethernet(wire::EtherType::kIpv4, packet);
  EXPECT_EQ(bench.take_segments().at(0).bytes, kText);
}

TEST(NetInput, ChecksumTheDeviceVerified_IsSaidSo) {
  NetBench bench;
  const wire::EthernetHeader link{.destination = kOurMac, .source = kPeerMac};
  Bytes bytes(14);
  wire::emit_ethernet(link, bytes);
  const Bytes ip = NetBench::ipv4_bytes(NetBench::from_peer(), kText);
  bytes.insert(bytes.end(), ip.begin(), ip.end());
  Packet frame = bench.packet(bytes);
  frame.mbuf()->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  bench.stack.on_frame(kPort0, std::move(frame));
  EXPECT_TRUE(bench.take_segments().at(0).checksum_verified);
}

TEST(NetInput, FrameForAnotherHost_IsDropped) {
  NetBench bench;
  bench.ipv4(NetBench::from_peer(), kText, kPeerMac);
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.counted(Counter::kNetOtherHost), 1u);
}

TEST(NetInput, BroadcastFrameWithOurAddress_IsDropped) {
  NetBench bench;
  bench.ipv4(NetBench::from_peer(), kText, wire::MacAddress::broadcast());
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.counted(Counter::kNetGroup), 1u);
}

TEST(NetInput, Vlan_MustBeThePortsOwn) {
  Config config = two_ports();
  config.links[0].vlan = 12;
  NetBench bench(config);
  const Bytes packet = NetBench::ipv4_bytes(NetBench::from_peer(), kText);
  bench.ethernet(wire::EtherType::kIpv4, packet, kOurMac, 12);
  EXPECT_EQ(bench.take_segments().size(), 1u);
  bench.ethernet(wire::EtherType::kIpv4, packet, kOurMac, 13);
  bench.ethernet(wire::EtherType::kIpv4, packet, kOurMac);
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.counted(Counter::kNetOtherVlan), 2u);
}

TEST(NetInput, TaggedFrameOnAnUntaggedPort_IsDropped) {
  NetBench bench;
  bench.ethernet(wire::EtherType::kIpv4, NetBench::ipv4_bytes(NetBench::from_peer(), kText), kOurMac, 12);
  EXPECT_EQ(bench.counted(Counter::kNetOtherVlan), 1u);
}

TEST(NetInput, ShortFrame_IsCounted) {
  NetBench bench;
  bench.frame(Bytes(13));
  EXPECT_EQ(bench.counted(Counter::kNetEthernetMalformed), 1u);
}

TEST(NetInput, UnknownEtherType_IsCounted) {
  NetBench bench;
  bench.ethernet(wire::EtherType{0x88cc}, kText);
  EXPECT_EQ(bench.counted(Counter::kNetUnknownEtherType), 1u);
}

struct SourceCase {
  const char* source;
  bool martian;
};

class NetSource : public ::testing::TestWithParam<SourceCase> {};

TEST_P(NetSource, MartiansAreDropped) {
  NetBench bench;
  auto header = NetBench::from_peer();
  header.source = *IpAddress::parse(GetParam().source);
  bench.ipv4(header, kText);
  EXPECT_EQ(bench.take_segments().size(), GetParam().martian ? 0u : 1u);
  EXPECT_EQ(bench.counted(Counter::kNetMartianSource), GetParam().martian ? 1u : 0u);
}

INSTANTIATE_TEST_SUITE_P(Sources, NetSource,
                         ::testing::Values(SourceCase{"198.18.0.2", false}, SourceCase{"203.0.113.7", false},
                                           SourceCase{"10.1.2.3", false}, SourceCase{"0.0.0.0", true},
                                           SourceCase{"0.1.2.3", true}, SourceCase{"127.0.0.1", true},
                                           SourceCase{"224.0.0.1", true}, SourceCase{"239.255.255.250", true},
                                           SourceCase{"240.0.0.1", true}, SourceCase{"255.255.255.255", true},
                                           SourceCase{"198.18.0.255", true}, SourceCase{"198.18.0.1", true},
                                           SourceCase{"198.19.0.1", true}));

TEST(NetInput, OurOtherPortsAddress_DoesNotAnswerHere) {
  NetBench bench;
  auto header = NetBench::from_peer();
  header.destination = kOurIp1;
  bench.ipv4(header, kText);
  EXPECT_EQ(bench.counted(Counter::kNetNotOurs), 1u);
}

TEST(NetInput, GroupsAndOtherHosts_AreDropped) {
  NetBench bench;
  for (const char* destination : {"255.255.255.255", "198.18.0.255", "224.0.0.1"}) {
    auto header = NetBench::from_peer();
    header.destination = *IpAddress::parse(destination);
    bench.ipv4(header, kText);
  }
  EXPECT_EQ(bench.counted(Counter::kNetGroup), 3u);
  auto header = NetBench::from_peer();
  header.destination = kFarIp;
  bench.ipv4(header, kText);
  EXPECT_EQ(bench.counted(Counter::kNetNotOurs), 1u);
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_TRUE(bench.take_sent().empty());
}

// What a kernel does to fragments before a packet socket sees them: reassembled, then cut to the frame.
TEST(NetInput, PacketCutBelowItsLength_IsDroppedByName) {
  NetBench bench;
  auto header = NetBench::from_peer();
  header.total_length = 3000;
  bench.ipv4(header, kText);
  EXPECT_EQ(bench.counted(Counter::kNetIpv4Truncated), 1u);
}

TEST(NetInput, BadChecksumAndMalformed_AreDroppedByName) {
  NetBench bench;
  Bytes packet = NetBench::ipv4_bytes(NetBench::from_peer(), kText);
  packet[8] ^= std::byte{1};
  bench.ethernet(wire::EtherType::kIpv4, packet);
  EXPECT_EQ(bench.counted(Counter::kNetIpv4BadChecksum), 1u);
  bench.ethernet(wire::EtherType::kIpv4, Bytes(5));
  EXPECT_EQ(bench.counted(Counter::kNetIpv4Malformed), 1u);
}

// RFC 1122 3.3.5, RFC 7126 4.3: we do not forward, so a packet with hops to go is nobody's; whoever sent it may have
// chosen the way to get past a filter.
TEST(NetInput, SourceRoutedPacket_IsTakenOnlyAtTheEndOfItsRoute) {
  NetBench bench;
  const auto packet = [](uint8_t pointer, IpProtocol protocol) {
    Bytes bytes = NetBench::ipv4_bytes(NetBench::from_peer(protocol), from_hex("83 07 04 c6120009 00"));
    bytes[0] = std::byte{0x47};
    bytes[22] = std::byte{pointer};
    bytes.insert(bytes.end(), kText.begin(), kText.end());
    wire::store_u16(bytes.data() + 2, static_cast<uint16_t>(bytes.size()));
    wire::store_u16(bytes.data() + 10, 0);
    wire::store_u16(bytes.data() + 10, wire::internet_checksum(std::span(bytes).first(28)));
    return bytes;
  };
  bench.arp_request();
  bench.take_sent();
  bench.ethernet(wire::EtherType::kIpv4, packet(4, IpProtocol::kTcp));
  bench.ethernet(wire::EtherType::kIpv4, packet(4, IpProtocol{47}));
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.counted(Counter::kNetIpv4SourceRoute), 2u);
  bench.ethernet(wire::EtherType::kIpv4, packet(8, IpProtocol::kTcp));
  EXPECT_EQ(bench.take_segments().at(0).bytes, kText);
}

TEST(NetInput, EveryPrefixOfAFrame_ComesToNoHarm) {
  NetBench bench;
  const wire::EthernetHeader link{.destination = kOurMac, .source = kPeerMac};
  Bytes frame(14);
  wire::emit_ethernet(link, frame);
  const Bytes ip = NetBench::ipv4_bytes(NetBench::from_peer(IpProtocol::kIcmp), kText);
  frame.insert(frame.end(), ip.begin(), ip.end());
  for (size_t n = 0; n < frame.size(); ++n) bench.frame(std::span(frame).first(n));
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.counted(Counter::kNetEthernetMalformed), 14u);
  EXPECT_EQ(bench.worker.packets->available(), 4096u);
}

TEST(NetOutput, KnownNeighbour_GetsTheWholePacket) {
  NetBench bench;
  bench.arp_request();
  bench.take_sent();
  bench.send("payload");
  const auto sent = bench.take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].port, kPort0);
  EXPECT_EQ(sent[0].link.destination, kPeerMac);
  EXPECT_EQ(sent[0].link.source, kOurMac);
  const auto ip = wire::parse_ipv4(sent[0].payload);
  ASSERT_TRUE(ip.ok());
  EXPECT_EQ(ip->header, (wire::Ipv4Header{.total_length = 27,
                                          .dont_fragment = true,
                                          .ttl = 64,
                                          .protocol = IpProtocol::kTcp,
                                          .source = kOurIp,
                                          .destination = kPeerIp}));
  EXPECT_EQ(to_text(std::span(sent[0].payload).subspan(20)), "payload");
  EXPECT_EQ(sent[0].flags, 0u);
}

TEST(NetOutput, Offloads_LeaveTheSumsToTheDevice) {
  Config config = two_ports();
  for (LinkConfig& port : config.links) port.offloads = {.ipv4_checksum = true, .tcp_checksum = true};
  NetBench bench(config);
  bench.arp_request();
  bench.take_sent();
  bench.send("payload");
  const auto sent = bench.take_sent();
  EXPECT_EQ(sent.at(0).flags, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM);
  EXPECT_EQ(sent[0].payload[10], std::byte{0});
  EXPECT_TRUE(bench.stack.ip().offloads().tcp_checksum);
}

TEST(NetOutput, OffloadOfOnePortOnly_IsNotPromisedToTcp) {
  Config config = two_ports();
  config.links[0].offloads = {.ipv4_checksum = true, .tcp_checksum = true};
  NetBench bench(config);
  EXPECT_FALSE(bench.stack.ip().offloads().tcp_checksum);
  bench.arp_request();
  bench.take_sent();
  bench.send("payload");
  EXPECT_EQ(bench.take_sent().at(0).flags, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM);
}

TEST(NetOutput, Vlan_IsTagged) {
  Config config = two_ports();
  config.links[0].vlan = 12;
  NetBench bench(config);
  bench.send("payload");
  EXPECT_EQ(bench.take_sent().at(0).link.vlan, 12);
}

TEST(NetOutput, FarDestination_GoesToTheRouter) {
  NetBench bench;
  bench.send("payload", kFarIp);
  EXPECT_EQ(bench.take_arp().at(0).target_ip, kRouterIp);
  bench.arp_reply(kRouterIp);
  const auto sent = bench.take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(wire::parse_ipv4(sent[0].payload)->header.destination, kFarIp);
}

TEST(NetOutput, NoRoute_IsCounted) {
  NetBench bench;
  bench.send("payload", IpAddress::v4(0x08080808));
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.counted(Counter::kNetNoRoute), 1u);
}

TEST(NetOutput, MoreThanTheMtu_IsCounted) {
  NetBench bench;
  bench.send(std::string(1481, 'x'));
  EXPECT_EQ(bench.counted(Counter::kNetTooBig), 1u);
  bench.send(std::string(1480, 'x'));
  EXPECT_EQ(bench.counted(Counter::kNetTooBig), 1u);
}

TEST(NetOutput, LongSegmentThatTheDeviceCuts_MayExceedTheMtu) {
  NetBench bench;
  bench.arp_reply();
  bench.take_sent();
  Packet segment = bench.packet(Bytes(1900));
  segment.request_segmentation(20, 1460);
  bench.stack.ip().send(wire::IpProtocol::kTcp, kOurIp, kPeerIp, std::move(segment));
  EXPECT_EQ(bench.counted(Counter::kNetTooBig), 0u);
  segment = bench.packet(Bytes(1900));
  segment.request_segmentation(20, 1461);
  bench.stack.ip().send(wire::IpProtocol::kTcp, kOurIp, kPeerIp, std::move(segment));
  EXPECT_EQ(bench.counted(Counter::kNetTooBig), 1u);
}

TEST(NetOutput, SourceAndMtu_AreThoseOfTheWay) {
  Config config = two_ports();
  config.links[1].mtu = 1400;
  NetBench bench(config);
  EXPECT_EQ(bench.stack.ip().source_for(kPeerIp), kOurIp);
  EXPECT_EQ(bench.stack.ip().source_for(kFarIp), kOurIp);
  EXPECT_EQ(bench.stack.ip().source_for(IpAddress::v4(0xC6130005)), kOurIp1);
  EXPECT_EQ(bench.stack.ip().source_for(IpAddress::v4(0x08080808)), std::nullopt);
  EXPECT_EQ(bench.stack.ip().path_mtu(IpAddress::v4(0xC6130005)), 1400);
  EXPECT_EQ(bench.stack.ip().path_mtu(kFarIp), 1500);
}

// RFC 9293 3.9.1 (MUST-46): an OPEN to what can be nobody's address fails. A default route leads to all of them.
TEST(NetOutput, DestinationsThatCanBeNobodys_HaveNoSource) {
  Ipv6Bench bench([] {
    net::Config config = two_ports_v6();
    config.routes.push_back({*Cidr::parse("0.0.0.0/0"), kRouterIp, {}});
    config.routes.push_back({*Cidr::parse("::/0"), kRouter6, {}});
    return config;
  }());
  const auto source = [&](const char* destination) { return bench.stack.ip().source_for(ip6(destination)); };
  EXPECT_EQ(source("192.0.2.1"), kOurIp);
  EXPECT_EQ(source("2001:4860::1"), kOur6);
  for (const char* nobodys : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.0.1", "224.0.0.1", "239.1.2.3", "240.0.0.1",
                              "255.255.255.255", "198.18.0.255", "198.18.0.0", "198.18.0.1", "198.19.0.1", "::", "::1",
                              "ff02::1", "ff0e::1:2", "2001:db8::1", "fe80::1", "2001:db8:1::1"}) {
    EXPECT_EQ(source(nobodys), std::nullopt) << nobodys;
  }
}

TEST(RouteTable, LongestPrefix_Wins) {
  Config config = two_ports();
  config.routes = {{*Cidr::parse("0.0.0.0/0"), kRouterIp, {}},
                   {*Cidr::parse("203.0.113.0/24"), *IpAddress::parse("198.19.0.254"), {}},
                   {*Cidr::parse("203.0.113.128/25"), kPeerIp, {}}};
  const RouteTable routes(config);
  EXPECT_EQ(routes.find(*IpAddress::parse("8.8.8.8"))->next_hop, kRouterIp);
  EXPECT_EQ(routes.find(*IpAddress::parse("203.0.113.5"))->next_hop, *IpAddress::parse("198.19.0.254"));
  EXPECT_EQ(routes.find(*IpAddress::parse("203.0.113.5"))->link, kLink1);
  EXPECT_EQ(routes.find(*IpAddress::parse("203.0.113.200"))->next_hop, kPeerIp);
  EXPECT_EQ(routes.find(kPeerIp)->next_hop, kPeerIp);
}

TEST(RouteTable, DefaultRoute_LeavesIpv6Alone) {
  Config config = two_ports();
  config.routes = {{*Cidr::parse("0.0.0.0/0"), kRouterIp, {}}};
  EXPECT_EQ(RouteTable(config).find(*IpAddress::parse("2001:db8::1")), std::nullopt);
}

TEST(LocalAddresses, HostPrefix_HasNoBroadcast) {
  Config config = two_ports();
  config.links[0].addresses[0].prefix = *Cidr::parse("198.18.0.1/32");
  EXPECT_FALSE(LocalAddresses(config).is_group(kLink0, kOurIp));
  config.links[0].addresses[0].prefix = *Cidr::parse("198.18.0.0/31");
  EXPECT_FALSE(LocalAddresses(config).is_group(kLink0, kOurIp));  // RFC 3021: both are hosts
}

}  // namespace
}  // namespace sluice::net
