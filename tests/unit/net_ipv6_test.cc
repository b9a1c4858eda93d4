// What becomes of IPv6 packets that arrive and of those that are sent (RFC 8200, 4443, 6724).
#include <gtest/gtest.h>

#include "net/route_table.h"
#include "net/steering.h"
#include "support/net_bench_v6.h"

namespace sluice::net {
namespace {

using namespace test;
using wire::IcmpV6Header;
using wire::IcmpV6Type;
using wire::IpProtocol;

const Bytes kText = from_text("twenty bytes of TCP.");

// A bench whose peer is known, so that answers go out at once.
struct NetIpv6 : ::testing::Test {
  NetIpv6() {
    bench.solicit();
    bench.take_sent();
  }
  Ipv6Bench bench;
};

TEST_F(NetIpv6, TcpForUs_IsHandedUpWithoutItsHeaders) {
  bench.ipv6(Ipv6Bench::from_peer6(), kText);
  const auto segments = bench.take_segments();
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].source, kPeer6);
  EXPECT_EQ(segments[0].destination, kOur6);
  EXPECT_EQ(segments[0].bytes, kText);
}

TEST_F(NetIpv6, LinkPaddingAndExtensionHeaders_AreCutOff) {
  Bytes payload = from_hex("3c00 0104 00000000  0600 0502 0000 0100");  // hop by hop: PadN; then router alert, Pad1
  payload[8] = std::byte{6};
  payload.insert(payload.end(), kText.begin(), kText.end());
  Bytes packet = Ipv6Bench::ipv6_bytes(Ipv6Bench::from_peer6(IpProtocol::kHopByHopOptions), payload);
  packet.resize(packet.size() + 12);
  bench.ethernet(wire::EtherType::kIpv6, packet);
  EXPECT_EQ(bench.take_segments().at(0).bytes, kText);
}

TEST_F(NetIpv6, AtomicFragment_IsAWholePacket) {
  Bytes payload = from_hex("0600 0000 12345678");
  payload.insert(payload.end(), kText.begin(), kText.end());
  bench.ipv6(Ipv6Bench::from_peer6(IpProtocol::kFragment), payload);
  EXPECT_EQ(bench.take_segments().at(0).bytes, kText);
  EXPECT_EQ(bench.counted(Counter::kNetFragments), 0u);
}

TEST_F(NetIpv6, SourcesThatCanBeNobodys_AreDropped) {
  for (const char* source : {"::", "::1", "ff02::1", "2001:db8::1", "2001:db8:1::1"}) {
    auto header = Ipv6Bench::from_peer6();
    header.source = ip6(source);
    bench.ipv6(header, kText);
  }
  EXPECT_EQ(bench.counted(Counter::kNetMartianSource), 5u);
  EXPECT_TRUE(bench.take_segments().empty());
}

TEST_F(NetIpv6, GroupsAndOtherHosts_AreDropped) {
  auto header = Ipv6Bench::from_peer6();
  header.destination = ip6("ff02::5");
  bench.ipv6(header, kText, group_mac(header.destination));
  header.destination = kAllNodes;
  bench.ipv6(header, kText, group_mac(kAllNodes));
  bench.ipv6(Ipv6Bench::from_peer6(), kText, wire::MacAddress::broadcast());
  EXPECT_EQ(bench.counted(Counter::kNetGroup), 3u);
  header.destination = ip6("2001:db8:1::1");
  bench.ipv6(header, kText);
  EXPECT_EQ(bench.counted(Counter::kNetNotOurs), 1u);
  EXPECT_TRUE(bench.take_segments().empty());
}

TEST_F(NetIpv6, MoreThanArrived_IsMalformed) {
  auto header = Ipv6Bench::from_peer6();
  header.payload_length = 100;
  bench.ipv6(header, kText);
  EXPECT_EQ(bench.counted(Counter::kNetIpv6Malformed), 1u);
}

// Unknown options, routes with hops left, unknown headers: what the sender is told (RFC 4443 3.4).
struct ProblemCase {
  const char* name;
  IpProtocol next;
  const char* payload;
  int code;  // -1: nothing is said
  uint32_t pointer;
  Counter counter;
};
class NetProblem : public ::testing::TestWithParam<ProblemCase> {};

TEST_P(NetProblem, IsToldAsTheRfcSays) {
  const ProblemCase& c = GetParam();
  Ipv6Bench bench;
  bench.solicit();
  bench.take_sent();
  bench.ipv6(Ipv6Bench::from_peer6(c.next), from_hex(c.payload));
  EXPECT_EQ(bench.counted(c.counter), 1u);
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), c.code < 0 ? 0u : 1u);
  if (c.code < 0) return;
  EXPECT_EQ(
      sent[0].icmp(),
      (IcmpV6Header{.type = IcmpV6Type::kParameterProblem, .code = static_cast<uint8_t>(c.code), .rest = c.pointer}));
}

INSTANTIATE_TEST_SUITE_P(
    Table, NetProblem,
    ::testing::Values(ProblemCase{"OptionToReport", IpProtocol::kDestinationOptions, "0600 0000 8100 0000", 2, 44,
                                  Counter::kNetIpv6ExtensionRefused},
                      ProblemCase{"OptionToReportUnlessMulticast", IpProtocol::kDestinationOptions,
                                  "0600 0000 c100 0000", 2, 44, Counter::kNetIpv6ExtensionRefused},
                      ProblemCase{"OptionToDiscard", IpProtocol::kDestinationOptions, "0600 4100 0000 0000", -1, 0,
                                  Counter::kNetIpv6ExtensionRefused},
                      ProblemCase{"OptionToReportBeforeAQuestion", IpProtocol::kDestinationOptions,
                                  "3a00 8104 00000000 8000 0000 00000000", 2, 42, Counter::kNetIpv6ExtensionRefused},
                      ProblemCase{"OptionToReportBeforeAnError", IpProtocol::kDestinationOptions,
                                  "3a00 8104 00000000 0104 0000 00000000", -1, 0, Counter::kNetIpv6ExtensionRefused},
                      ProblemCase{"OptionToReportBeforeARedirect", IpProtocol::kDestinationOptions,
                                  "3a00 8104 00000000 8900 0000 00000000", -1, 0, Counter::kNetIpv6ExtensionRefused},
                      ProblemCase{"RouteWithHopsLeft", IpProtocol::kRouting, "0600 0001 00000000", 0, 42,
                                  Counter::kNetIpv6ExtensionRefused},
                      ProblemCase{"OptionBeyondItsHeader", IpProtocol::kDestinationOptions, "0600 0107 00000000", -1, 0,
                                  Counter::kNetIpv6Malformed},
                      ProblemCase{"HopByHopNotFirst", IpProtocol::kDestinationOptions,
                                  "0000 0104 00000000 0600 0104 00000000", 1, 40, Counter::kNetUnknownProtocol},
                      ProblemCase{"UnknownHeader", IpProtocol{99}, "00000000", 1, 6, Counter::kNetUnknownProtocol},
                      ProblemCase{"NoNextHeader", IpProtocol::kNoNextHeader, "00000000", -1, 0,
                                  Counter::kNetUnknownProtocol},
                      ProblemCase{"HeaderPastTheEnd", IpProtocol::kDestinationOptions, "0602 0104 00000000", -1, 0,
                                  Counter::kNetIpv6Malformed},
                      ProblemCase{"TooManyHeaders", IpProtocol::kDestinationOptions,
                                  "3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000"
                                  "3c00010400000000 3c00010400000000 3c00010400000000 0600010400000000",
                                  -1, 0, Counter::kNetIpv6ExtensionsTooLong}),
    [](const auto& info) { return std::string(info.param.name); });

// RFC 8200 4.2, RFC 4443 2.4 (e.3): of this option also who speaks to a group is told; RFC 4443 2.2: from an address
// of ours, as the group has none.
TEST_F(NetIpv6, UnknownOptionInAPacketToAGroup_IsToldOfIfItAsksForThat) {
  const auto to_group = [&](const IpAddress& group, const IpAddress& source, const char* options) {
    auto header = Ipv6Bench::from_peer6(IpProtocol::kDestinationOptions);
    header.source = source;
    header.destination = group;
    bench.ipv6(header, from_hex(options), group_mac(group));
  };
  const char* const report = "0600 0000 8100 0000";
  to_group(kAllNodes, kPeer6, report);
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].icmp(), (IcmpV6Header{.type = IcmpV6Type::kParameterProblem, .code = 2, .rest = 44}));
  EXPECT_EQ(sent[0].ip.source, kOur6);
  EXPECT_EQ(sent[0].ip.destination, kPeer6);
  EXPECT_EQ(sent[0].frame.link.destination, kPeerMac);

  bench.solicit({kOurLocal, kPeerMac}, {.source = ip6("fe80::2"), .destination = solicited_node(kOurLocal)});
  bench.take_sent();
  to_group(solicited_node(kOur6), ip6("fe80::2"), report);
  EXPECT_EQ(bench.take_sent6().at(0).ip.source, kOurLocal);

  to_group(kAllNodes, kPeer6, "0600 0000 c100 0000");  // unless multicast
  to_group(kAllNodes, kPeer6, "0600 0000 4100 0000");
  to_group(ip6("ff02::5"), kPeer6, report);  // a group that we do not hear
  to_group(kAllNodes, IpAddress(), report);
  to_group(kAllNodes, kAllNodes, report);
  EXPECT_TRUE(bench.take_sent().empty());
}

// Many hosts may be made to answer one packet: each within its limit.
TEST_F(NetIpv6, UnknownOptionsInPacketsToAGroup_AreToldOfWithinTheLimit) {
  auto header = Ipv6Bench::from_peer6(IpProtocol::kDestinationOptions);
  header.destination = kAllNodes;
  for (unsigned i = 0; i < IcmpV6::kErrorsPerSecond + 20; ++i) {
    bench.ipv6(header, from_hex("0600 0000 8100 0000"), group_mac(kAllNodes));
  }
  EXPECT_EQ(bench.take_sent6().size(), IcmpV6::kErrorsPerSecond);
  EXPECT_EQ(bench.counted(Counter::kNetIcmpLimited), 20u);
}

TEST_F(NetIpv6, EchoRequest_ComesBackWithItsData) {
  bench.icmpv6({.type = IcmpV6Type::kEchoRequest, .rest = 0xabcd0001}, from_text("ping!"));
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ip.source, kOur6);
  EXPECT_EQ(sent[0].ip.destination, kPeer6);
  EXPECT_EQ(sent[0].ip.hop_limit, 64);
  EXPECT_EQ(sent[0].icmp(), (IcmpV6Header{.type = IcmpV6Type::kEchoReply, .rest = 0xabcd0001}));
  EXPECT_EQ(to_text(sent[0].body().subspan(8)), "ping!");
}

// RFC 4443 4.2: all of the data goes back, in pieces that every link takes (RFC 8200 4.5, 5).
TEST_F(NetIpv6, EchoLongerThanTheMtu_ComesBackInPieces) {
  Bytes data(1601);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 7 + i / 256);
  std::optional<uint32_t> last;
  for (const uint32_t rest : {1u, 2u}) {
    bench.icmpv6({.type = IcmpV6Type::kEchoRequest, .rest = rest}, data);
    const auto sent = bench.take_sent6();
    ASSERT_EQ(sent.size(), 2u);
    Bytes whole;
    for (const auto& piece : sent) {
      EXPECT_LE(piece.frame.payload.size(), 1280u);
      const auto chain = wire::walk_extensions(piece.ip, piece.frame.payload);
      ASSERT_TRUE(chain && chain->fragment);
      EXPECT_EQ(chain->protocol, IpProtocol::kIcmpV6);
      EXPECT_EQ(chain->fragment->offset, whole.size());
      EXPECT_EQ(chain->fragment->more, &piece == &sent[0]);
      EXPECT_EQ(chain->fragment->identification == last, &piece == &sent[1]);
      last = chain->fragment->identification;
      whole.insert(whole.end(), piece.frame.payload.begin() + chain->bytes, piece.frame.payload.end());
    }
    EXPECT_EQ(wire::parse_icmpv6(kOur6, kPeer6, whole), (IcmpV6Header{.type = IcmpV6Type::kEchoReply, .rest = rest}));
    EXPECT_EQ(Bytes(whole.begin() + 8, whole.end()), data);
  }
}

// RFC 4443 4.2: from an address of the link that it came by.
TEST_F(NetIpv6, EchoToAllNodes_IsAnsweredFromAnAddressOfOurs) {
  Bytes message(8);
  auto header = Ipv6Bench::from_peer6(IpProtocol::kIcmpV6);
  header.destination = kAllNodes;
  const auto ask_all = [&](IcmpV6Type type) {
    wire::emit_icmpv6(kPeer6, kAllNodes, {.type = type, .rest = 0xabcd0001}, message);
    bench.ipv6(header, message, group_mac(kAllNodes));
    return bench.take_sent6();
  };
  const auto sent = ask_all(IcmpV6Type::kEchoRequest);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ip.source, kOur6);
  EXPECT_EQ(sent[0].ip.destination, kPeer6);
  EXPECT_EQ(sent[0].icmp(), (IcmpV6Header{.type = IcmpV6Type::kEchoReply, .rest = 0xabcd0001}));
  EXPECT_TRUE(ask_all(IcmpV6Type::kEchoReply).empty());
  EXPECT_TRUE(ask_all(IcmpV6Type::kPacketTooBig).empty());
  EXPECT_EQ(bench.counted(Counter::kNetIcmpIgnored), 2u);
}

TEST_F(NetIpv6, EchoWithAWrongChecksum_IsNotAnswered) {
  Bytes message(8);
  wire::emit_icmpv6(kPeer6, kAllNodes, {.type = IcmpV6Type::kEchoRequest}, message);
  bench.ipv6(Ipv6Bench::from_peer6(IpProtocol::kIcmpV6), message);  // the checksum is that of another destination
  EXPECT_EQ(bench.counted(Counter::kNetIcmpMalformed), 1u);
  EXPECT_TRUE(bench.take_sent().empty());
}

TEST_F(NetIpv6, Udp_IsAnsweredPortUnreachableWithAllThatFits) {
  bench.ipv6(Ipv6Bench::from_peer6(IpProtocol::kUdp), Ipv6Bench::udp6_bytes(std::string(1400, 'x')));
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].icmp(), (IcmpV6Header{.type = IcmpV6Type::kDestinationUnreachable, .code = 4}));
  EXPECT_EQ(sent[0].frame.payload.size(), 1280u);
}

// RFC 8200 8.1: over IPv6 a datagram has a checksum.
TEST_F(NetIpv6, UdpWithAWrongChecksumOrNone_IsDroppedInSilence) {
  Bytes udp = Ipv6Bench::udp6_bytes("text");
  udp[8] ^= std::byte{1};
  bench.ipv6(Ipv6Bench::from_peer6(IpProtocol::kUdp), udp);
  udp[6] = udp[7] = std::byte{0};
  bench.ipv6(Ipv6Bench::from_peer6(IpProtocol::kUdp), udp);
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.counted(Counter::kNetUdpMalformed), 2u);
  EXPECT_EQ(bench.counted(Counter::kNetUdpRefused), 0u);
}

TEST_F(NetIpv6, UdpBehindExtensionHeaders_IsSummedWithoutThem) {
  Bytes payload = from_hex("1100 0104 00000000");  // PadN
  const Bytes udp = Ipv6Bench::udp6_bytes("text");
  payload.insert(payload.end(), udp.begin(), udp.end());
  bench.ipv6(Ipv6Bench::from_peer6(IpProtocol::kDestinationOptions), payload);
  EXPECT_EQ(bench.take_sent6().size(), 1u);
  EXPECT_EQ(bench.counted(Counter::kNetUdpRefused), 1u);
}

TEST_F(NetIpv6, Errors_AreLimited) {
  for (unsigned i = 0; i < IcmpV6::kErrorsPerSecond + 20; ++i) {
    bench.ipv6(Ipv6Bench::from_peer6(IpProtocol::kUdp), Ipv6Bench::udp6_bytes("flood"));
  }
  EXPECT_EQ(bench.take_sent6().size(), IcmpV6::kErrorsPerSecond);
  EXPECT_EQ(bench.counted(Counter::kNetIcmpLimited), 20u);
}

// The first bytes of a segment of ours, as an error quotes them.
Bytes quoted(IpAddress source = kOur6, IpProtocol protocol = IpProtocol::kTcp) {
  return Ipv6Bench::ipv6_bytes(
      {.payload_length = 1400, .next_header = protocol, .source = source, .destination = kFar6},
      from_hex("c350 0050 01020304"));
}

TEST_F(NetIpv6, PacketTooBig_IsHandedUpWithItsMtu) {
  bench.icmpv6({.type = IcmpV6Type::kPacketTooBig, .rest = 1300}, quoted());
  const auto errors = bench.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].kind, IcmpError::Kind::kFragmentationNeeded);
  EXPECT_EQ(errors[0].next_hop_mtu, 1300);
  EXPECT_EQ(errors[0].local, (Endpoint{kOur6, Port{50000}}));
  EXPECT_EQ(errors[0].remote, (Endpoint{kFar6, Port{80}}));
  EXPECT_EQ(errors[0].seq, 0x01020304u);
}

// RFC 5927 7, as over IPv4: the packet that is quoted says how long it was.
TEST_F(NetIpv6, PacketTooBigForAPacketThatFits_IsDropped) {
  bench.icmpv6({.type = IcmpV6Type::kPacketTooBig, .rest = 1440}, quoted());
  EXPECT_TRUE(bench.take_errors().empty());
  bench.icmpv6({.type = IcmpV6Type::kPacketTooBig, .rest = 1439}, quoted());
  EXPECT_EQ(bench.take_errors().size(), 1u);
  EXPECT_EQ(bench.counted(Counter::kNetIcmpNotTooBig), 1u);
}

TEST_F(NetIpv6, ErrorKinds_AreToldApart) {
  using Kind = IcmpError::Kind;
  struct Case {
    IcmpV6Type type;
    uint8_t code;
    Kind kind;
  };
  for (const Case& c : {Case{IcmpV6Type::kDestinationUnreachable, 0, Kind::kNetworkUnreachable},
                        Case{IcmpV6Type::kDestinationUnreachable, 1, Kind::kProhibited},
                        Case{IcmpV6Type::kDestinationUnreachable, 3, Kind::kHostUnreachable},
                        Case{IcmpV6Type::kDestinationUnreachable, 4, Kind::kPortUnreachable},
                        Case{IcmpV6Type::kDestinationUnreachable, 5, Kind::kProhibited},
                        Case{IcmpV6Type::kTimeExceeded, 0, Kind::kTimeExceeded},
                        Case{IcmpV6Type::kParameterProblem, 0, Kind::kParameterProblem},
                        Case{IcmpV6Type::kParameterProblem, 1, Kind::kProtocolUnreachable}}) {
    bench.icmpv6({.type = c.type, .code = c.code}, quoted());
    EXPECT_EQ(bench.take_errors().at(0).kind, c.kind);
  }
}

TEST_F(NetIpv6, ErrorThatQuotesNothingOfOurs_IsDropped) {
  bench.icmpv6({.type = IcmpV6Type::kPacketTooBig, .rest = 1300}, quoted(kPeer6));
  bench.icmpv6({.type = IcmpV6Type::kPacketTooBig, .rest = 1300}, quoted(kOur6, IpProtocol::kUdp));
  const Bytes whole = quoted();
  bench.icmpv6({.type = IcmpV6Type::kPacketTooBig, .rest = 1300}, std::span(whole).first(47));
  bench.icmpv6({.type = IcmpV6Type::kPacketTooBig, .rest = 1300}, {});
  EXPECT_EQ(bench.counted(Counter::kNetIcmpForeignQuote), 4u);
}

TEST_F(NetIpv6, EveryPrefixOfAFrame_ComesToNoHarm) {
  const wire::EthernetHeader link{.destination = kOurMac, .source = kPeerMac, .type = wire::EtherType::kIpv6};
  Bytes frame(14);
  wire::emit_ethernet(link, frame);
  const Bytes ip = Ipv6Bench::ipv6_bytes(Ipv6Bench::from_peer6(IpProtocol::kDestinationOptions), kText);
  frame.insert(frame.end(), ip.begin(), ip.end());
  for (size_t n = 0; n < frame.size(); ++n) bench.frame(std::span(frame).first(n));
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.worker.packets->available(), 4096u);
}

TEST_F(NetIpv6, Output_HasTheWholeHeader) {
  bench.send6("payload");
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ip, (wire::Ipv6Header{.flow_label = sent[0].ip.flow_label,
                                          .payload_length = 7,
                                          .next_header = IpProtocol::kTcp,
                                          .hop_limit = 64,
                                          .source = kOur6,
                                          .destination = kPeer6}));
  EXPECT_EQ(to_text(sent[0].body()), "payload");
  EXPECT_EQ(sent[0].frame.flags, 0u);
}

// RFC 6437 3: routers keep the packets of a flow on one path and spread flows over all.
TEST_F(NetIpv6, FlowLabel_IsTheConnectionsOwn) {
  const auto label_of = [&](const char* segment, const IpAddress& source, const IpAddress& destination) {
    bench.stack.ip().send(IpProtocol::kTcp, source, destination, bench.packet(from_hex(segment)));
    return bench.take_sent6().at(0).ip.flow_label;
  };
  const uint32_t label = label_of("0050 c350 01020304", kOur6, kPeer6);
  EXPECT_NE(label, 0u);
  EXPECT_EQ(label_of("0050 c350 0a0b0c0d", kOur6, kPeer6), label);
  EXPECT_NE(label_of("0050 c351 01020304", kOur6, kPeer6), label);
  EXPECT_NE(label_of("0051 c350 01020304", kOur6, kPeer6), label);
  EXPECT_NE(label_of("0050 c350 01020304", kOurLocal, kPeer6), label);
}

TEST(NetIpv6Output, ChecksumOffload_NamesTheFamily) {
  Config config = two_ports_v6();
  for (LinkConfig& link : config.links) link.offloads = {.ipv4_checksum = true, .tcp_checksum = true};
  Ipv6Bench bench(config);
  bench.solicit();
  bench.take_sent();
  bench.send6("payload");
  EXPECT_EQ(bench.take_sent6().at(0).frame.flags, RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_CKSUM);
}

TEST_F(NetIpv6, MoreThanTheMtu_IsCounted) {
  bench.send6(std::string(1461, 'x'));
  EXPECT_EQ(bench.counted(Counter::kNetTooBig), 1u);
  bench.send6(std::string(1460, 'x'));
  EXPECT_EQ(bench.take_sent6().size(), 1u);
}

TEST_F(NetIpv6, FarDestination_GoesToTheRouterAndKeepsItsOwnAddress) {
  bench.send6("payload", kFar6);
  bench.take_sent();
  bench.answer(kRouter6);
  EXPECT_EQ(bench.take_sent6().at(0).ip.destination, kFar6);
}

// RFC 4007 6, 9: the same neighbour's address may stand on every link.
TEST(NetIpv6Output, LinkLocalDestination_IsOnTheLinkOfTheSource) {
  Config config = two_ports_v6();
  config.links[1].addresses.push_back({ip6("fe80::2:1"), *Cidr::parse("fe80::/64")});
  Ipv6Bench bench(config);
  for (const char* source : {"fe80::2:1", "2001:db8:1::1"}) {
    bench.stack.ip().send(IpProtocol::kTcp, ip6(source), ip6("fe80::99"), bench.packet(kText));
  }
  auto asked = bench.take_sent6();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].frame.port, kPort1);
  bench.stack.ip().send(IpProtocol::kTcp, kOurLocal, ip6("fe80::99"), bench.packet(kText));
  asked = bench.take_sent6();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].frame.port, kPort0);
}

TEST_F(NetIpv6, MixedFamiliesOrNoRoute_AreCounted) {
  bench.stack.ip().send(IpProtocol::kTcp, kOurIp, kPeer6, bench.packet(kText));
  bench.send6("x", ip6("2001:4860::1"));
  EXPECT_EQ(bench.counted(Counter::kNetNoRoute), 2u);
}

// RFC 6724 5: rule 2 (scope) before rule 8 (longest prefix).
TEST(SourceAddress, SuitsTheDestination) {
  Config config = two_ports_v6();
  config.links[0].addresses.push_back({ip6("2001:db8:f::1"), *Cidr::parse("2001:db8:f::/64")});
  Ipv6Bench bench(config);
  const auto source = [&](const char* destination) { return bench.stack.ip().source_for(ip6(destination)); };
  EXPECT_EQ(source("2001:db8::99"), kOur6);
  EXPECT_EQ(source("2001:db8:f::99"), ip6("2001:db8:f::1"));
  EXPECT_EQ(source("2001:db8:f:5::99"), ip6("2001:db8:f::1"));
  EXPECT_EQ(source("fe80::99"), kOurLocal);
  EXPECT_EQ(source("2001:db8:1::99"), ip6("2001:db8:1::1"));
}

TEST(RouteTableIpv6, LinkLocalNextHop_LeavesThroughItsLink) {
  Config config = two_ports_v6();
  config.routes = {{*Cidr::parse("::/0"), ip6("fe80::99"), kLink1}};
  const auto hop = RouteTable(config).find(ip6("2001:4860::1"));
  ASSERT_TRUE(hop);
  EXPECT_EQ(hop->link, kLink1);
  EXPECT_EQ(hop->next_hop, ip6("fe80::99"));
}

TEST(Vlans, OfOnePort_AreLinksOfTheirOwn) {
  Config config = two_ports();
  LinkConfig tagged = config.links[0];
  tagged.vlan = 12;
  tagged.addresses = {{IpAddress::v4(0xC6140001), *Cidr::parse("198.20.0.0/24")}};
  config.links.push_back(tagged);
  NetBench bench(config);
  auto header = NetBench::from_peer();
  header.source = IpAddress::v4(0xC6140002);
  header.destination = IpAddress::v4(0xC6140001);
  const Bytes packet = NetBench::ipv4_bytes(header, kText);
  bench.ethernet(wire::EtherType::kIpv4, packet, kOurMac);  // untagged: not an address of that link
  EXPECT_EQ(bench.counted(Counter::kNetNotOurs), 1u);
  bench.ethernet(wire::EtherType::kIpv4, packet, kOurMac, 12);
  EXPECT_EQ(bench.take_segments().size(), 1u);
  bench.ethernet(wire::EtherType::kIpv4, packet, kOurMac, 13);
  EXPECT_EQ(bench.counted(Counter::kNetOtherVlan), 1u);
  bench.stack.ip().send(IpProtocol::kTcp, header.destination, header.source, bench.packet(kText));
  const auto asked = bench.take_sent();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].port, kPort0);
  EXPECT_EQ(asked[0].link.vlan, 12);
}

Bytes frame_of(const Bytes& packet) {
  const wire::EthernetHeader header{.destination = kOurMac, .source = kPeerMac, .type = wire::EtherType::kIpv6};
  Bytes frame(wire::ethernet_header_bytes(header));
  wire::emit_ethernet(header, frame);
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

TEST(SteeringIpv6, TcpAndQuotedErrors_GoToTheOwnerOfTheFlow) {
  const FlowOwners owners(4);
  for (const bool by_device : {false, true}) {
    const Steering steering{.owners = owners, .by_device = by_device};
    for (uint16_t port = 40000; port < 40050; ++port) {
      const Bytes ports = {
          static_cast<std::byte>(port >> 8), static_cast<std::byte>(port), {}, std::byte{80}, {}, {}, {}, {}};
      const WorkerId owner = owners.owner_of({kPeer6, Port{port}}, {kOur6, Port{80}});
      EXPECT_EQ(steering.owner_of(frame_of(Ipv6Bench::ipv6_bytes(Ipv6Bench::from_peer6(), ports)), WorkerId{1}), owner);
      const Bytes swapped = {
          {}, std::byte{80}, static_cast<std::byte>(port >> 8), static_cast<std::byte>(port), {}, {}, {}, {}};
      Bytes message(8);
      message[0] = std::byte{2};
      const Bytes quote =
          Ipv6Bench::ipv6_bytes({.next_header = IpProtocol::kTcp, .source = kOur6, .destination = kPeer6}, swapped);
      message.insert(message.end(), quote.begin(), quote.end());
      const auto header = Ipv6Bench::from_peer6(IpProtocol::kIcmpV6);
      EXPECT_EQ(steering.owner_of(frame_of(Ipv6Bench::ipv6_bytes(header, message)), WorkerId{1}), owner);
    }
  }
}

TEST(SteeringIpv6, DiscoveryAndFragments_GoToWorkerZero) {
  const FlowOwners owners(4);
  const Steering steering{.owners = owners};
  for (const uint8_t type : {133, 134, 135, 136, 137}) {
    Bytes message(24);
    message[0] = std::byte{type};
    const Bytes packet = Ipv6Bench::ipv6_bytes(Ipv6Bench::from_peer6(IpProtocol::kIcmpV6), message);
    EXPECT_EQ(steering.owner_of(frame_of(packet), WorkerId{3}), WorkerId{0});
  }
  const Bytes piece = from_hex("0600 0001 12345678 0000000000000000");
  const Bytes packet = Ipv6Bench::ipv6_bytes(Ipv6Bench::from_peer6(IpProtocol::kFragment), piece);
  EXPECT_EQ(steering.owner_of(frame_of(packet), WorkerId{3}), WorkerId{0});
}

}  // namespace
}  // namespace sluice::net
