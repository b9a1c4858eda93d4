#include "net/exception_filter.h"

#include <gtest/gtest.h>

#include "support/net_bench.h"
#include "wire/icmpv4.h"

namespace sluice::net {
namespace {

using namespace test;
using wire::EtherType;
using wire::IpProtocol;

constexpr uint16_t kListenerPort = 443;
constexpr IpAddress kKernelIp = IpAddress::v4(0xc612004d);

struct Filter {
  Filter() {
    config.links.push_back(
        {.port = PortIndex{0}, .mac = kOurMac, .addresses = {{kOurIp, *Cidr::parse("198.18.0.0/24")}}});
  }
  Taker taker_of(const Bytes& frame) {
    const ExceptionFilter filter(config, {.listeners = {{IpAddress(), Port{kListenerPort}}},
                                          .first_ephemeral = Port{32768},
                                          .last_ephemeral = Port{60999}});
    return filter.taker_of(PortIndex{0}, frame);
  }
  Config config;
};

Bytes frame_of(EtherType type, const Bytes& payload, wire::MacAddress destination = kOurMac,
               std::optional<uint16_t> vlan = std::nullopt) {
  const wire::EthernetHeader header{.destination = destination, .source = kPeerMac, .vlan = vlan, .type = type};
  Bytes frame(wire::ethernet_header_bytes(header));
  wire::emit_ethernet(header, frame);
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

Bytes to_port(uint16_t port) {
  Bytes bytes(20);
  bytes[2] = static_cast<std::byte>(port >> 8);
  bytes[3] = static_cast<std::byte>(port);
  return bytes;
}

Bytes packet(IpProtocol protocol, const Bytes& payload, const IpAddress& destination = kOurIp, uint16_t offset = 0) {
  auto header = NetBench::from_peer();
  header.protocol = protocol;
  header.destination = destination;
  header.fragment_offset = offset;
  return frame_of(EtherType::kIpv4, NetBench::ipv4_bytes(header, payload));
}

TEST(ExceptionFilter, TcpToAListener_IsOurs) {
  EXPECT_EQ(Filter().taker_of(packet(IpProtocol::kTcp, to_port(kListenerPort))), Taker::kUs);
}

TEST(ExceptionFilter, TcpToOurPortsTowardsOrigins_IsOurs) {
  EXPECT_EQ(Filter().taker_of(packet(IpProtocol::kTcp, to_port(32768))), Taker::kUs);
  EXPECT_EQ(Filter().taker_of(packet(IpProtocol::kTcp, to_port(60999))), Taker::kUs);
}

TEST(ExceptionFilter, TcpToOtherPorts_IsTheKernels) {
  for (const uint16_t port : {22, 179, 32767, 61000}) {
    EXPECT_EQ(Filter().taker_of(packet(IpProtocol::kTcp, to_port(port))), Taker::kKernel) << port;
  }
}

TEST(ExceptionFilter, TcpInFragments_IsPutTogetherByUsFirst) {
  EXPECT_EQ(Filter().taker_of(packet(IpProtocol::kTcp, to_port(22), kOurIp, 8)), Taker::kUs);
}

TEST(ExceptionFilter, OtherProtocolsAndAddresses_AreTheKernels) {
  EXPECT_EQ(Filter().taker_of(packet(IpProtocol::kUdp, to_port(kListenerPort))), Taker::kKernel);
  EXPECT_EQ(Filter().taker_of(packet(IpProtocol{89}, Bytes(24))), Taker::kKernel);
  EXPECT_EQ(Filter().taker_of(packet(IpProtocol::kTcp, to_port(kListenerPort), kKernelIp)), Taker::kKernel);
}

TEST(ExceptionFilter, EchoRequestIsOurs_OtherIcmpIsBoths) {
  const auto icmp = [](wire::IcmpV4Type type) {
    Bytes message(8);
    message[0] = static_cast<std::byte>(type);
    return packet(IpProtocol::kIcmp, message);
  };
  EXPECT_EQ(Filter().taker_of(icmp(wire::IcmpV4Type::kEchoRequest)), Taker::kUs);
  EXPECT_EQ(Filter().taker_of(icmp(wire::IcmpV4Type::kEchoReply)), Taker::kBoth);
  EXPECT_EQ(Filter().taker_of(icmp(wire::IcmpV4Type::kDestinationUnreachable)), Taker::kBoth);
}

TEST(ExceptionFilter, ArpAndWhatManyHear_IsBoths) {
  constexpr wire::MacAddress kEverybody{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
  EXPECT_EQ(Filter().taker_of(frame_of(EtherType::kArp, Bytes(28))), Taker::kBoth);
  EXPECT_EQ(Filter().taker_of(frame_of(EtherType::kIpv4, Bytes(28), kEverybody)), Taker::kBoth);
}

TEST(ExceptionFilter, UnknownEtherTypesAndVlans_AreTheKernels) {
  EXPECT_EQ(Filter().taker_of(frame_of(EtherType{0x88cc}, Bytes(40))), Taker::kKernel);
  EXPECT_EQ(Filter().taker_of(frame_of(EtherType::kIpv4, Bytes(40), kOurMac, 7)), Taker::kKernel);
}

TEST(ExceptionFilter, FramesOfOtherMachinesAndMalformedOnes_AreOursToDrop) {
  EXPECT_EQ(Filter().taker_of(frame_of(EtherType::kArp, Bytes(28), kPeerMac)), Taker::kUs);
  EXPECT_EQ(Filter().taker_of(frame_of(EtherType::kIpv4, Bytes(5))), Taker::kUs);
  EXPECT_EQ(Filter().taker_of(packet(IpProtocol::kTcp, Bytes(3))), Taker::kUs);
  EXPECT_EQ(Filter().taker_of(Bytes(6)), Taker::kUs);
}

}  // namespace
}  // namespace sluice::net
