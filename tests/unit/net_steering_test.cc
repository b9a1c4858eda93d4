#include "net/steering.h"

#include <gtest/gtest.h>

#include "support/net_bench.h"

namespace sluice::net {
namespace {

using namespace test;
using wire::IpProtocol;

constexpr WorkerId kReceiver{1};
const FlowOwners kFour(4);

Bytes frame_of(wire::EtherType type, const Bytes& payload, std::optional<uint16_t> vlan = std::nullopt) {
  const wire::EthernetHeader header{.destination = kOurMac, .source = kPeerMac, .vlan = vlan, .type = type};
  Bytes frame(wire::ethernet_header_bytes(header));
  wire::emit_ethernet(header, frame);
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

Bytes ports(uint16_t source, uint16_t destination) {
  Bytes bytes(8);
  bytes[0] = static_cast<std::byte>(source >> 8);
  bytes[1] = static_cast<std::byte>(source);
  bytes[2] = static_cast<std::byte>(destination >> 8);
  bytes[3] = static_cast<std::byte>(destination);
  return bytes;
}

Bytes segment_frame(uint16_t source_port, std::optional<uint16_t> vlan = std::nullopt, uint16_t offset = 0) {
  auto header = NetBench::from_peer();
  header.fragment_offset = offset;
  return frame_of(wire::EtherType::kIpv4, NetBench::ipv4_bytes(header, ports(source_port, 80)), vlan);
}

TEST(Steering, Tcp_GoesToTheOwnerOfItsFlow) {
  const Steering steering{.owners = kFour};
  for (uint16_t port = 40000; port < 40100; ++port) {
    const WorkerId owner = kFour.owner_of({kPeerIp, Port{port}}, {kOurIp, Port{80}});
    EXPECT_EQ(steering.owner_of(segment_frame(port), kReceiver), owner);
    EXPECT_EQ(steering.owner_of(segment_frame(port, 12), kReceiver), owner);
  }
}

TEST(Steering, TcpTheDeviceSteered_StaysWhereItArrived) {
  const Steering steering{.owners = kFour, .by_device = true};
  for (uint16_t port = 40000; port < 40010; ++port) {
    EXPECT_EQ(steering.owner_of(segment_frame(port), kReceiver), kReceiver);
  }
}

TEST(Steering, ArpAndFragments_GoToWorkerZero) {
  for (const bool by_device : {false, true}) {
    const Steering steering{.owners = kFour, .by_device = by_device};
    EXPECT_EQ(steering.owner_of(frame_of(wire::EtherType::kArp, Bytes(28)), kReceiver), WorkerId{0});
    EXPECT_EQ(steering.owner_of(segment_frame(40000, std::nullopt, 8), kReceiver), WorkerId{0});
  }
}

TEST(Steering, IcmpError_GoesToTheOwnerOfTheFlowItQuotes) {
  for (const bool by_device : {false, true}) {
    for (uint16_t port = 40000; port < 40050; ++port) {
      const Bytes quote =
          NetBench::ipv4_bytes({.total_length = 1500, .source = kOurIp, .destination = kFarIp}, ports(port, 80));
      Bytes message(8);
      message.insert(message.end(), quote.begin(), quote.end());
      wire::emit_icmpv4({.type = wire::IcmpV4Type::kDestinationUnreachable, .code = 4}, message);
      const Bytes frame =
          frame_of(wire::EtherType::kIpv4, NetBench::ipv4_bytes(NetBench::from_peer(IpProtocol::kIcmp), message));
      const Steering steering{.owners = kFour, .by_device = by_device};
      EXPECT_EQ(steering.owner_of(frame, kReceiver), kFour.owner_of({kFarIp, Port{80}}, {kOurIp, Port{port}}));
    }
  }
}

TEST(Steering, EverythingElse_StaysWhereItArrived) {
  const Steering steering{.owners = kFour};
  EXPECT_EQ(steering.owner_of(frame_of(wire::EtherType::kIpv6, Bytes(60)), kReceiver), kReceiver);
  Bytes echo(8);
  wire::emit_icmpv4({.type = wire::IcmpV4Type::kEchoRequest}, echo);
  EXPECT_EQ(steering.owner_of(
                frame_of(wire::EtherType::kIpv4, NetBench::ipv4_bytes(NetBench::from_peer(IpProtocol::kIcmp), echo)),
                kReceiver),
            kReceiver);
}

TEST(Steering, EveryPrefixOfAFrame_HasAnOwner) {
  const Steering steering{.owners = kFour};
  const Bytes frame = segment_frame(40000, 12);
  for (size_t n = 0; n < 18 + 20 + 4; ++n) {
    EXPECT_EQ(steering.owner_of(std::span(frame).first(n), kReceiver), kReceiver) << n;
  }
}

TEST(Steering, OneWorker_KeepsAll) {
  const FlowOwners one(1);
  EXPECT_EQ(Steering{.owners = one}.owner_of(frame_of(wire::EtherType::kArp, Bytes(28)), WorkerId{0}), WorkerId{0});
}

}  // namespace
}  // namespace sluice::net
