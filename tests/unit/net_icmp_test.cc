#include <gtest/gtest.h>

#include "support/net_bench.h"
#include "wire/checksum.h"

namespace sluice::net {
namespace {

using namespace test;
using wire::IcmpV4Header;
using wire::IcmpV4Type;
using wire::IpProtocol;

// A bench whose peer is known, so that answers go out at once.
struct NetIcmp : ::testing::Test {
  NetIcmp() {
    bench.arp_request();
    bench.take_sent();
  }
  static Bytes message(const IcmpV4Header& header, std::span<const std::byte> payload) {
    Bytes bytes(IcmpV4Header::kBytes);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    wire::emit_icmpv4(header, bytes);
    return bytes;
  }
  void icmp(const IcmpV4Header& header, std::span<const std::byte> payload) {
    bench.ipv4(NetBench::from_peer(IpProtocol::kIcmp), message(header, payload));
  }
  NetBench bench;
};

// The first bytes of a segment of ours to `remote`, as an error quotes them.
Bytes quoted(IpAddress source = kOurIp, IpProtocol protocol = IpProtocol::kTcp, uint16_t fragment_offset = 0) {
  return NetBench::ipv4_bytes({.total_length = 1500,
                               .fragment_offset = fragment_offset,
                               .protocol = protocol,
                               .source = source,
                               .destination = kFarIp},
                              from_hex("c350 0050 01020304"));
}

TEST_F(NetIcmp, EchoRequest_ComesBackWithItsData) {
  icmp({.type = IcmpV4Type::kEchoRequest, .rest = 0xabcd0001}, from_text("ping!"));
  const auto sent = bench.take_sent();
  ASSERT_EQ(sent.size(), 1u);
  const auto ip = wire::parse_ipv4(sent[0].payload);
  EXPECT_EQ(ip->header.source, kOurIp);
  EXPECT_EQ(ip->header.destination, kPeerIp);
  EXPECT_EQ(ip->header.protocol, IpProtocol::kIcmp);
  const auto body = std::span(sent[0].payload).subspan(20);
  EXPECT_EQ(wire::parse_icmpv4(body), (IcmpV4Header{.type = IcmpV4Type::kEchoReply, .rest = 0xabcd0001}));
  EXPECT_EQ(to_text(body.subspan(8)), "ping!");
}

TEST_F(NetIcmp, LargestEcho_ComesBackWhole) {
  icmp({.type = IcmpV4Type::kEchoRequest}, Bytes(1472, std::byte{'x'}));
  EXPECT_EQ(bench.take_sent().at(0).payload.size(), 1500u);
}

// RFC 1122 3.2.2.6: a request that came in pieces can be longer than a packet of ours.
TEST_F(NetIcmp, EchoLongerThanTheMtu_ComesBackAsFarAsItFits) {
  icmp({.type = IcmpV4Type::kEchoRequest, .rest = 0xabcd0001}, Bytes(1601, std::byte{'x'}));
  const auto sent = bench.take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].payload.size(), 1500u);
  EXPECT_EQ(wire::parse_icmpv4(std::span(sent[0].payload).subspan(20)),
            (IcmpV4Header{.type = IcmpV4Type::kEchoReply, .rest = 0xabcd0001}));
}

TEST_F(NetIcmp, EchoWithAWrongChecksum_IsDropped) {
  Bytes bad = message({.type = IcmpV4Type::kEchoRequest}, from_text("ping"));
  bad[9] ^= std::byte{1};
  bench.ipv4(NetBench::from_peer(IpProtocol::kIcmp), bad);
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.counted(Counter::kNetIcmpMalformed), 1u);
}

TEST_F(NetIcmp, TypesThatAskNothing_AreIgnored) {
  for (const uint8_t type : {0, 4, 5, 9, 10, 13, 15, 17, 255}) icmp({.type = IcmpV4Type{type}}, quoted());
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_TRUE(bench.take_errors().empty());
  EXPECT_EQ(bench.counted(Counter::kNetIcmpIgnored), 9u);
}

TEST_F(NetIcmp, Udp_IsAnsweredPortUnreachableWithItsBeginning) {
  const Bytes udp = from_hex("1234 0035 000c 0000 61626364");
  bench.ipv4(NetBench::from_peer(IpProtocol::kUdp), udp);
  const auto sent = bench.take_sent();
  ASSERT_EQ(sent.size(), 1u);
  const auto body = std::span(sent[0].payload).subspan(20);
  EXPECT_EQ(wire::parse_icmpv4(body), (IcmpV4Header{.type = IcmpV4Type::kDestinationUnreachable, .code = 3}));
  const Bytes original = NetBench::ipv4_bytes(NetBench::from_peer(IpProtocol::kUdp), udp);
  EXPECT_EQ(Bytes(body.begin() + 8, body.end()), original);
}

// RFC 1122 4.1.3.4, for both families. Over IPv4 a checksum of 0 is none, and none is asked for.
TEST_F(NetIcmp, UdpThatIsNotAsItWasSent_IsDroppedInSilence) {
  const auto broken = [](size_t at, uint8_t bits) {
    Bytes udp = NetBench::udp_bytes("text");
    udp[at] ^= std::byte{bits};
    return udp;
  };
  for (const Bytes& udp : {broken(8, 1), broken(1, 1), broken(7, 1), broken(5, 1), broken(5, 8), Bytes(8), Bytes(7)}) {
    bench.ipv4(NetBench::from_peer(IpProtocol::kUdp), udp);
  }
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.counted(Counter::kNetUdpMalformed), 7u);
  EXPECT_EQ(bench.counted(Counter::kNetUdpRefused), 0u);
}

// What the device has summed is not summed again; behind the length may stand what is no part of it (RFC 9868).
TEST_F(NetIcmp, UdpWithARightChecksum_IsAnswered) {
  Bytes udp = NetBench::udp_bytes("odd");
  udp.push_back(std::byte{'!'});
  bench.ipv4(NetBench::from_peer(IpProtocol::kUdp), udp);
  EXPECT_EQ(bench.take_sent().size(), 1u);
  udp[8] ^= std::byte{1};
  Bytes frame(wire::EthernetHeader::kBytes);
  wire::emit_ethernet({.destination = kOurMac, .source = kPeerMac}, frame);
  const Bytes ip = NetBench::ipv4_bytes(NetBench::from_peer(IpProtocol::kUdp), udp);
  frame.insert(frame.end(), ip.begin(), ip.end());
  Packet packet = bench.packet(frame);
  packet.mbuf()->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  bench.stack.on_frame(kPort0, std::move(packet));
  EXPECT_EQ(bench.take_sent().size(), 1u);
  EXPECT_EQ(bench.counted(Counter::kNetUdpRefused), 2u);
}

// No device sees a datagram that comes in pieces whole.
TEST_F(NetIcmp, UdpInPieces_IsSummedOnceItIsWhole) {
  const auto in_pieces = [&](const Bytes& udp, uint16_t id) {
    auto header = NetBench::from_peer(IpProtocol::kUdp);
    header.identification = id;
    header.fragment_offset = 8;
    bench.ipv4(header, std::span(udp).subspan(8));
    header.fragment_offset = 0;
    header.more_fragments = true;
    bench.ipv4(header, std::span(udp).first(8));
    return bench.take_sent().size();
  };
  Bytes udp = NetBench::udp_bytes("text");
  EXPECT_EQ(in_pieces(udp, 1), 1u);
  udp.back() ^= std::byte{1};
  EXPECT_EQ(in_pieces(udp, 2), 0u);
  EXPECT_EQ(bench.counted(Counter::kNetUdpMalformed), 1u);
}

TEST_F(NetIcmp, UnknownProtocol_IsAnsweredProtocolUnreachable) {
  bench.ipv4(NetBench::from_peer(IpProtocol{47}), from_text("gre"));
  EXPECT_EQ(wire::parse_icmpv4(std::span(bench.take_sent().at(0).payload).subspan(20))->code, 2);
}

TEST_F(NetIcmp, Unreachable_QuotesAtMost576Bytes) {
  bench.ipv4(NetBench::from_peer(IpProtocol::kUdp), NetBench::udp_bytes(std::string(1400, 'x')));
  EXPECT_EQ(bench.take_sent().at(0).payload.size(), 576u);
}

TEST_F(NetIcmp, Unreachable_IsNotSentForGroups) {
  auto header = NetBench::from_peer(IpProtocol::kUdp);
  bench.ipv4(header, NetBench::udp_bytes("to all"), wire::MacAddress::broadcast());
  header.destination = IpAddress::v4(0xffffffff);
  bench.ipv4(header, NetBench::udp_bytes("to all"), wire::MacAddress::broadcast());
  EXPECT_TRUE(bench.take_sent().empty());
}

TEST_F(NetIcmp, Unreachables_AreLimitedAndGrowBackWithTime) {
  for (unsigned i = 0; i < Icmp::kErrorsPerSecond + 20; ++i) {
    bench.ipv4(NetBench::from_peer(IpProtocol::kUdp), NetBench::udp_bytes("flood"));
  }
  EXPECT_EQ(bench.take_sent().size(), Icmp::kErrorsPerSecond);
  EXPECT_EQ(bench.counted(Counter::kNetIcmpLimited), 20u);
  bench.worker.advance(Duration::milliseconds(100));
  for (int i = 0; i < 50; ++i) bench.ipv4(NetBench::from_peer(IpProtocol::kUdp), NetBench::udp_bytes("flood"));
  EXPECT_EQ(bench.take_sent().size(), 10u);
}

TEST_F(NetIcmp, Error_IsHandedUpWithTheFlowItQuotes) {
  icmp({.type = IcmpV4Type::kDestinationUnreachable, .code = 1}, quoted());
  const auto errors = bench.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].kind, IcmpError::Kind::kHostUnreachable);
  EXPECT_EQ(errors[0].local, (Endpoint{kOurIp, Port{50000}}));
  EXPECT_EQ(errors[0].remote, (Endpoint{kFarIp, Port{80}}));
  EXPECT_EQ(errors[0].seq, 0x01020304u);
}

struct KindCase {
  IcmpV4Type type;
  uint8_t code;
  IcmpError::Kind kind;
};

TEST_F(NetIcmp, ErrorKinds_AreToldApart) {
  using Kind = IcmpError::Kind;
  for (const KindCase& c : {KindCase{IcmpV4Type::kDestinationUnreachable, 0, Kind::kNetworkUnreachable},
                            KindCase{IcmpV4Type::kDestinationUnreachable, 2, Kind::kProtocolUnreachable},
                            KindCase{IcmpV4Type::kDestinationUnreachable, 3, Kind::kPortUnreachable},
                            KindCase{IcmpV4Type::kDestinationUnreachable, 13, Kind::kProhibited},
                            KindCase{IcmpV4Type::kTimeExceeded, 0, Kind::kTimeExceeded},
                            KindCase{IcmpV4Type::kParameterProblem, 0, Kind::kParameterProblem}}) {
    icmp({.type = c.type, .code = c.code}, quoted());
    EXPECT_EQ(bench.take_errors().at(0).kind, c.kind);
  }
}

TEST_F(NetIcmp, FragmentationNeeded_CarriesTheMtu) {
  icmp({.type = IcmpV4Type::kDestinationUnreachable, .code = 4, .rest = 0xffff0578}, quoted());
  const auto errors = bench.take_errors();
  EXPECT_EQ(errors.at(0).kind, IcmpError::Kind::kFragmentationNeeded);
  EXPECT_EQ(errors[0].next_hop_mtu, 1400);
}

// RFC 5927 7: a router that drops a packet as too big quotes one that is. 0: routers before RFC 1191 name no MTU.
TEST_F(NetIcmp, FragmentationNeededForAPacketThatFits_IsDropped) {
  const auto claim = [&](uint32_t mtu, uint16_t total_length) {
    const Bytes quote = NetBench::ipv4_bytes({.total_length = total_length, .source = kOurIp, .destination = kFarIp},
                                             from_hex("c350 0050 01020304"));
    icmp({.type = IcmpV4Type::kDestinationUnreachable, .code = 4, .rest = mtu}, quote);
    return bench.take_errors().size();
  };
  EXPECT_EQ(claim(576, 60), 0u);
  EXPECT_EQ(claim(576, 576), 0u);
  EXPECT_EQ(claim(576, 577), 1u);
  EXPECT_EQ(claim(0, 60), 1u);
  EXPECT_EQ(bench.counted(Counter::kNetIcmpNotTooBig), 2u);
}

TEST_F(NetIcmp, ErrorThatQuotesNothingOfOurs_IsDropped) {
  const IcmpV4Header unreachable{.type = IcmpV4Type::kDestinationUnreachable, .code = 1};
  icmp(unreachable, quoted(kPeerIp));                      // somebody else's segment
  icmp(unreachable, quoted(kOurIp, IpProtocol::kUdp));     // no TCP
  icmp(unreachable, quoted(kOurIp, IpProtocol::kTcp, 8));  // no TCP header in it
  const Bytes whole = quoted();
  icmp(unreachable, std::span(whole).first(27));  // cut before the sequence number's end
  icmp(unreachable, {});
  EXPECT_TRUE(bench.take_errors().empty());
  EXPECT_EQ(bench.counted(Counter::kNetIcmpForeignQuote), 5u);
}

}  // namespace
}  // namespace sluice::net
