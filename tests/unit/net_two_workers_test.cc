// Two workers' stacks on one link: worker 0 speaks ARP, worker 1 hears of neighbours from it alone.
#include <gtest/gtest.h>

#include "support/net_bench.h"

namespace sluice::net {
namespace {

using namespace test;

// Carries notices between the two, as the rings of the workers do, unless told to lose them.
struct TwoWorkers : ::testing::Test {
  void carry() {
    for (const auto& update : zero.take_updates()) {
      if (!lose) one.stack.apply(update);
    }
    for (const auto& request : one.take_requests()) {
      if (!lose) zero.stack.on_resolve_request(request);
    }
    for (const auto& update : zero.take_updates()) {
      if (!lose) one.stack.apply(update);
    }
  }
  // Time passes for both; the peer answers whatever worker 0 asks it.
  void advance(Duration d, bool peer_answers) {
    for (Duration step; step < d; step = step + Duration::milliseconds(100)) {
      zero.worker.advance(Duration::milliseconds(100));
      one.worker.advance(Duration::milliseconds(100));
      carry();
      for (const auto& arp : zero.take_arp()) {
        asked += arp.target_ip == kPeerIp;
        if (peer_answers) zero.arp_reply();
      }
      carry();
    }
  }
  wire::MacAddress sent_to() {
    const auto sent = one.take_sent();
    return sent.empty() ? wire::MacAddress{} : sent.back().link.destination;
  }

  NetBench zero{two_ports(), WorkerId{0}};
  NetBench one{two_ports(), WorkerId{1}};
  bool lose = false;
  unsigned asked = 0;
};

TEST_F(TwoWorkers, PacketOfTheOther_GoesOnceWorkerZeroHasAsked) {
  one.send("x");
  advance(Duration::milliseconds(200), true);
  EXPECT_EQ(sent_to(), kPeerMac);
  EXPECT_EQ(asked, 1u);
}

TEST_F(TwoWorkers, LostNotices_OnlyDelayIt) {
  lose = true;
  one.send("x");
  advance(Duration::milliseconds(500), true);
  EXPECT_EQ(sent_to(), wire::MacAddress{});
  lose = false;
  advance(Duration::seconds(2), true);
  EXPECT_EQ(sent_to(), kPeerMac);
}

TEST_F(TwoWorkers, SteadyTraffic_NeverWaitsWhileTheNeighbourLives) {
  one.send("x");
  advance(Duration::seconds(1), true);
  for (int second = 0; second < 300; ++second) {
    one.take_sent();
    one.send("x");
    EXPECT_EQ(sent_to(), kPeerMac) << second;
    advance(Duration::seconds(1), true);
  }
  EXPECT_LE(asked, 12u);
}

TEST_F(TwoWorkers, MovedNeighbour_IsFollowedAtOnce) {
  constexpr wire::MacAddress kNewMac{{0x02, 0, 0, 0, 0, 0x77}};
  one.send("x");
  advance(Duration::seconds(1), true);
  zero.arp_reply(kPeerIp, kNewMac);
  carry();
  one.take_sent();
  one.send("y");
  EXPECT_EQ(sent_to(), kNewMac);
}

TEST_F(TwoWorkers, DeadNeighbour_IsGivenUpOnBothWithinItsTime) {
  one.send("x");
  advance(Duration::seconds(1), true);
  one.send("y");
  advance(Duration::seconds(130), false);
  one.take_sent();
  one.send("z");
  EXPECT_EQ(sent_to(), wire::MacAddress{});
}

TEST_F(TwoWorkers, HostThatIsNotThere_FailsTheOthersPacketsToo) {
  one.send("c350 0050");
  advance(Duration::seconds(5), false);
  EXPECT_EQ(one.counted(Counter::kNetNeighbourUnresolved), 1u);
  EXPECT_EQ(asked, 3u);
}

}  // namespace
}  // namespace sluice::net
