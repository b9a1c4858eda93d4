// What TCP does otherwise over IPv6: sizes, and what ICMPv6 may say.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

using Kind = tcp::IcmpError::Kind;

struct Ipv6 : testing::Test {
  void SetUp() override { peer.tuple = {.local = {ours, Port{80}}, .remote = {theirs, Port{50'000}}}; }
  // The sizes of the segments that a long text is cut into.
  size_t segment_size() {
    peer.user.write(std::string(5000, 'x'));
    const size_t n = peer.take().text.size();
    peer.drain();
    return n;
  }

  const IpAddress ours = *IpAddress::parse("2001:db8::1");
  const IpAddress theirs = *IpAddress::parse("2001:db8::2");
  TcpPeer peer;
};

// RFC 6691 2, RFC 8200 8.3: the MTU less 60.
TEST_F(Ipv6, Mss_LeavesRoomForTheLongerHeader) {
  peer.establish_passive(syn().mss(9000));
  EXPECT_EQ(segment_size(), 1440u);
  ++peer.tuple.remote.port.value;
  peer.send(syn().mss(9000));
  EXPECT_EQ(peer.take().header.options.mss, 1440);
}

// RFC 9293 3.7.1: 1280 less 60.
TEST_F(Ipv6, NoMssOption_MeansWhatEveryLinkTakes) {
  peer.establish_passive(syn());
  EXPECT_EQ(segment_size(), 1220u);
}

TEST_F(Ipv6, PacketTooBig_SendsSmallerSegmentsAtOnce) {
  peer.establish_passive(syn().mss(1440));
  peer.user.write(std::string(1440, 'x'));
  peer.drain();
  peer.error(Kind::kPacketTooBig, 1, 1400);
  peer.expect(seg(1, 1).text(std::string(1340, 'x')));
}

// RFC 8201 4: less than the least MTU of IPv6 must be discarded.
TEST_F(Ipv6, PacketTooBigBelowTheLeastMtu_IsNotBelieved) {
  peer.establish_passive(syn().mss(1440));
  peer.user.write(std::string(1440, 'x'));
  peer.drain();
  peer.error(Kind::kPacketTooBig, 1, 1279);
  peer.error(Kind::kPacketTooBig, 1, 0);
  peer.expect_nothing();
  EXPECT_EQ(peer.counted(Counter::kTcpIcmpSoftErrors), 2u);
  EXPECT_EQ(peer.counted(Counter::kTcpPathMtuIcmp), 0u);
  peer.error(Kind::kPacketTooBig, 1, 1280);
  peer.expect(seg(1, 1).text(std::string(1220, 'x')));
}

// RFC 4821 7.2: what every IPv6 link takes is not gone below.
TEST_F(Ipv6, SilentRouters_AreNeverAnsweredBelowTheLeastMtu) {
  peer.establish_passive(syn().mss(1440));
  peer.user.write(std::string(1440, 'x'));
  peer.worker.advance(Duration::seconds(60));
  peer.drain();
  EXPECT_NE(peer.state().find("mss=1220"), std::string::npos) << peer.state();
}

}  // namespace
}  // namespace sluice::test
