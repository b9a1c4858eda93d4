// Neighbour discovery: asking, answering, unreachability, duplicate addresses, routers (RFC 4861, 4862).
#include <gtest/gtest.h>

#include "net/router_discovery.h"
#include "support/net_bench_v6.h"

namespace sluice::net {
namespace {

using namespace test;
using What = AddressNotice::What;

constexpr wire::MacAddress kOtherMac{{0x02, 0, 0, 0, 0, 0x55}};
constexpr Duration kSecond = Duration::seconds(1);

std::optional<wire::NeighbourSolicitation> question(const SentIpv6& sent) {
  return wire::parse_neighbour_solicitation(sent.body());
}
std::optional<wire::NeighbourAdvertisement> answer(const SentIpv6& sent) {
  return wire::parse_neighbour_advertisement(sent.body());
}

TEST(Discovery, QuestionForUs_IsAnsweredToTheAskerAlone) {
  Ipv6Bench bench;
  bench.solicit();
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].frame.link.destination, kPeerMac);
  EXPECT_EQ(sent[0].ip.source, kOur6);
  EXPECT_EQ(sent[0].ip.destination, kPeer6);
  EXPECT_EQ(sent[0].ip.hop_limit, 255);
  EXPECT_EQ(sent[0].icmp().type, wire::IcmpV6Type::kNeighbourAdvertisement);
  EXPECT_EQ(answer(sent[0]), (wire::NeighbourAdvertisement{
                                 .solicited = true, .override = true, .target = kOur6, .target_mac = kOurMac}));
}

TEST(Discovery, QuestionForUs_TeachesTheAsker) {
  Ipv6Bench bench;
  bench.solicit();
  bench.take_sent();
  bench.send6("x");
  EXPECT_EQ(bench.take_sent6().at(0).frame.link.destination, kPeerMac);
}

TEST(Discovery, QuestionForAnotherOrOurOtherLink_IsNotAnswered) {
  Ipv6Bench bench;
  bench.solicit({kRouter6, kPeerMac}, {.destination = kOur6});
  bench.solicit({ip6("2001:db8:1::1"), kPeerMac}, {.destination = kOur6});
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.counted(Counter::kNetNdIgnored), 2u);
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourLearned), 0u);
}

TEST(Discovery, AnotherNodeThatDetectsDuplicates_IsAnsweredToAllNodes) {
  Ipv6Bench bench;
  bench.solicit({kOur6, {}}, {.source = IpAddress(), .destination = solicited_node(kOur6)});
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ip.destination, kAllNodes);
  EXPECT_EQ(sent[0].frame.link.destination, group_mac(kAllNodes));
  EXPECT_FALSE(answer(sent[0])->solicited);
}

// RFC 4861 7.1: what a router may have passed on, or what breaks the rules, is not believed.
TEST(Discovery, MessagesThatBreakTheRules_AreDroppedByName) {
  Ipv6Bench bench;
  bench.solicit({kOur6, kPeerMac}, {.hop_limit = 254});
  bench.solicit({kOur6, kPeerMac}, {.source = IpAddress(), .destination = solicited_node(kOur6)});
  bench.solicit({kOur6, {}}, {.source = IpAddress(), .destination = kOur6});
  bench.solicit({kOur6, wire::MacAddress::broadcast()}, {});
  bench.advertise({.solicited = true, .target = kPeer6, .target_mac = kPeerMac}, {.destination = kAllNodes});
  bench.advertise({.target = kPeer6, .target_mac = kPeerMac}, {.hop_limit = 64});
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.counted(Counter::kNetNdMalformed), 6u);
}

TEST(Discovery, OwnMessageShownByTheDevice_IsIgnored) {
  Ipv6Bench bench;
  bench.stack.announce();
  bench.take_sent();
  bench.solicit({kOur6, {}}, {.source = IpAddress(), .destination = solicited_node(kOur6), .link_source = kOurMac});
  bench.worker.advance(kSecond);
  bench.take_sent();
  bench.solicit();
  EXPECT_EQ(bench.take_sent6().size(), 1u);
  EXPECT_EQ(bench.counted(Counter::kNetAddressDuplicate), 0u);
}

TEST(Discovery, UnknownNeighbour_IsAskedInItsGroupAndPacketsWait) {
  Ipv6Bench bench;
  bench.send6("one");
  bench.send6("two");
  const auto asked = bench.take_sent6();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].ip.destination, solicited_node(kPeer6));
  EXPECT_EQ(asked[0].frame.link.destination, group_mac(solicited_node(kPeer6)));
  EXPECT_EQ(question(asked[0]), (wire::NeighbourSolicitation{kPeer6, kOurMac}));
  bench.answer();
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(to_text(sent[0].body()), "one");
  EXPECT_EQ(sent[1].frame.link.destination, kPeerMac);
}

TEST(Discovery, NobodyAnswers_TcpIsTold) {
  Ipv6Bench bench;
  bench.stack.ip().send(wire::IpProtocol::kTcp, kOur6, kPeer6, bench.packet(from_hex("c350 0050 01020304")));
  bench.worker.advance(Duration::seconds(5));
  EXPECT_EQ(bench.take_sent6().size(), 3u);
  const auto errors = bench.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].kind, IcmpError::Kind::kHostUnreachable);
  EXPECT_EQ(errors[0].remote, (Endpoint{kPeer6, Port{80}}));
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourUnresolved), 1u);
}

TEST(Discovery, PacketsThatWait_AreBounded) {
  Ipv6Bench bench;
  for (unsigned i = 0; i < NeighbourTable::kMaxHeldEach + 3; ++i) bench.send6("x");
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourQueueFull), 3u);
}

// RFC 4861 7.3.3: heard of is not reachable: 5 s after its first use the neighbour is asked, at its address.
TEST(Discovery, NeighbourThatWasOnlyHeardOf_IsCheckedOnceItIsUsed) {
  Ipv6Bench bench;
  bench.solicit();
  bench.worker.advance(Duration::seconds(30));
  bench.take_sent();
  bench.send6("x");
  bench.worker.advance(Duration::milliseconds(4900));
  EXPECT_EQ(bench.take_sent6().size(), 1u);
  bench.worker.advance(Duration::milliseconds(200));
  const auto asked = bench.take_sent6();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].ip.destination, kPeer6);
  EXPECT_EQ(asked[0].frame.link.destination, kPeerMac);
  EXPECT_EQ(question(asked[0])->target, kPeer6);
}

TEST(Discovery, NeighbourThatFellSilent_IsForgottenAfterThreeProbes) {
  Ipv6Bench bench;
  bench.solicit();
  bench.send6("x");
  bench.worker.advance(Duration::seconds(9));
  bench.take_sent();
  bench.send6("x");
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ip.destination, solicited_node(kPeer6));
}

TEST(Discovery, AnswerToAProbe_KeepsTheNeighbour) {
  Ipv6Bench bench;
  bench.solicit();
  bench.send6("x");
  bench.worker.advance(Duration::milliseconds(5500));
  bench.advertise({.solicited = true, .target = kPeer6, .target_mac = {}}, {});
  bench.worker.advance(Duration::seconds(20));
  bench.take_sent();
  bench.send6("x");
  EXPECT_EQ(bench.take_sent6().at(0).frame.link.destination, kPeerMac);
}

// RFC 4861 7.2.5.
TEST(Discovery, AdvertisementWithoutOverride_DoesNotReplaceButIsChecked) {
  Ipv6Bench bench;
  bench.send6("x");
  bench.answer();
  bench.take_sent();
  bench.advertise({.solicited = true, .target = kPeer6, .target_mac = kOtherMac}, {});
  bench.send6("y");
  EXPECT_EQ(bench.take_sent6().at(0).frame.link.destination, kPeerMac);
  bench.worker.advance(Duration::seconds(6));
  EXPECT_EQ(question(bench.take_sent6().at(0))->target, kPeer6);
}

TEST(Discovery, AdvertisementWithOverride_MovesTheNeighbour) {
  Ipv6Bench bench;
  bench.send6("x");
  bench.answer();
  bench.take_sent();
  bench.advertise({.override = true, .target = kPeer6, .target_mac = kOtherMac}, {.destination = kAllNodes});
  bench.send6("y");
  EXPECT_EQ(bench.take_sent6().at(0).frame.link.destination, kOtherMac);
}

TEST(Discovery, AdvertisementOfAStranger_TeachesNothing) {
  Ipv6Bench bench;
  bench.answer();
  bench.send6("x");
  EXPECT_EQ(question(bench.take_sent6().at(0))->target, kPeer6);
}

// RFC 4291 appendix A; the links of one port differ in their tags.
TEST(LinkLocal, IsMadeOfTheLinkAddressAndOfTheTagOfAFurtherVlan) {
  const wire::MacAddress mac{{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
  EXPECT_EQ(link_local_of(mac), ip6("fe80::11:22ff:fe33:4455"));
  EXPECT_EQ(link_local_of(mac, uint16_t{12}), ip6("fe80::11:2200:c33:4455"));
  EXPECT_EQ(link_local_of(mac, uint16_t{4094}), ip6("fe80::11:220f:fe33:4455"));
}

struct DuplicateDetection : ::testing::Test {
  DuplicateDetection() { bench.stack.announce(); }
  std::vector<IpAddress> announced() {
    std::vector<IpAddress> targets;
    for (const auto& sent : bench.take_sent6()) {
      if (const auto said = answer(sent); said && sent.icmp().type == wire::IcmpV6Type::kNeighbourAdvertisement) {
        targets.push_back(said->target);
      }
    }
    return targets;
  }
  Ipv6Bench bench;
};

// RFC 4862 5.4.2.
TEST_F(DuplicateDetection, AtStart_EachAddressIsAskedForFromNobody) {
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 3u);
  for (const auto& s : sent) {
    EXPECT_TRUE(s.ip.source.is_unspecified());
    EXPECT_EQ(s.ip.destination, solicited_node(question(s)->target));
    EXPECT_EQ(question(s)->source_mac, std::nullopt);
  }
  EXPECT_EQ(question(sent[0])->target, kOur6);
}

TEST_F(DuplicateDetection, TentativeAddress_AnswersNobodyAndTakesNothing) {
  bench.take_sent();
  bench.solicit();
  bench.ipv6(Ipv6Bench::from_peer6(), from_text("segment"));
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.counted(Counter::kNetNotOurs), 1u);
}

TEST_F(DuplicateDetection, AfterASecondOfSilence_AddressesAreAnnouncedTwice) {
  bench.worker.advance(Duration::milliseconds(900));
  EXPECT_TRUE(announced().empty());
  bench.worker.advance(Duration::milliseconds(200));
  EXPECT_EQ(announced(), (std::vector<IpAddress>{kOur6, kOurLocal, ip6("2001:db8:1::1")}));
  bench.worker.advance(Duration::seconds(2));
  EXPECT_EQ(announced().size(), 3u);
  bench.worker.advance(Duration::seconds(60));
  EXPECT_TRUE(announced().empty());
}

// Nothing is waited for where nobody is asked.
TEST(Discovery, WithoutDetection_AddressesAreAnnouncedAtOnceAndOnceMore) {
  net::Config config = two_ports_v6();
  for (auto& link : config.links) link.ipv6.duplicate_address_detection = false;
  Ipv6Bench bench(config);
  bench.stack.announce();
  EXPECT_EQ(bench.take_sent6().size(), 3u);
  bench.worker.advance(Duration::milliseconds(1900));
  EXPECT_TRUE(bench.take_sent6().empty());
  bench.worker.advance(Duration::milliseconds(100));
  EXPECT_EQ(bench.take_sent6().size(), 3u);
  bench.worker.advance(Duration::seconds(60));
  EXPECT_TRUE(bench.take_sent6().empty());
}

TEST_F(DuplicateDetection, AddressOfAnother_IsNotUsedAndWorkersAreToldAgainAndAgain) {
  bench.take_sent();
  bench.advertise({.override = true, .target = kOur6, .target_mac = kPeerMac}, {.destination = kAllNodes});
  EXPECT_EQ(bench.counted(Counter::kNetAddressDuplicate), 1u);
  ASSERT_EQ(bench.take_notices().size(), 1u);
  bench.worker.advance(Duration::seconds(2));
  EXPECT_EQ(announced().front(), kOurLocal);
  bench.solicit();
  bench.ipv6(Ipv6Bench::from_peer6(), from_text("segment"));
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.stack.ip().source_for(kPeer6), kOurLocal);
  bench.worker.advance(Duration::seconds(20));
  const auto again = bench.take_notices();
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[0].what, What::kDuplicate);
  EXPECT_EQ(again[0].address, (NeighbourKey{kLink0, kOur6}));
}

TEST_F(DuplicateDetection, AnotherThatAsksForItToo_HasItNot_NorDoWe) {
  bench.solicit({kOur6, {}}, {.source = IpAddress(), .destination = solicited_node(kOur6)});
  EXPECT_EQ(bench.counted(Counter::kNetAddressDuplicate), 1u);
}

TEST_F(DuplicateDetection, LaterClaim_IsCountedAndDefendedOnceInTenSeconds) {
  bench.worker.advance(Duration::seconds(4));
  bench.take_sent();
  for (int i = 0; i < 3; ++i) {
    bench.advertise({.override = true, .target = kOur6, .target_mac = kPeerMac}, {.destination = kAllNodes});
  }
  EXPECT_EQ(announced(), std::vector<IpAddress>{kOur6});
  EXPECT_EQ(bench.counted(Counter::kNetNdConflict), 3u);
  bench.solicit();
  EXPECT_EQ(bench.take_sent6().size(), 1u);
}

// RFC 5227 2.4: a claim to one address keeps back the defence of no other.
TEST_F(DuplicateDetection, LaterClaims_AreDefendedEachForItself) {
  bench.worker.advance(Duration::seconds(4));
  bench.take_sent();
  for (const IpAddress& own : {kOur6, kOurLocal, kOur6}) {
    bench.advertise({.override = true, .target = own, .target_mac = kPeerMac}, {.destination = kAllNodes});
  }
  EXPECT_EQ(announced(), (std::vector<IpAddress>{kOur6, kOurLocal}));
}

// RFC 4862 5.4.4: whoever has the address speaks from it.
TEST_F(DuplicateDetection, LaterClaimFromTheAddressItself_IsDefended) {
  bench.worker.advance(Duration::seconds(4));
  bench.take_sent();
  bench.advertise({.override = true, .target = kOur6, .target_mac = kPeerMac},
                  {.source = kOur6, .destination = kAllNodes});
  EXPECT_EQ(announced(), std::vector<IpAddress>{kOur6});
  EXPECT_EQ(bench.counted(Counter::kNetNdConflict), 1u);
}

TEST(DuplicateDetectionOff, AddressesAreOursAtOnce) {
  Config config = two_ports_v6();
  config.links[0].ipv6.duplicate_address_detection = false;
  Ipv6Bench bench(config);
  bench.stack.announce();
  bench.take_sent();
  bench.solicit();
  EXPECT_EQ(bench.take_sent6().size(), 1u);
}

TEST(OtherWorkers, HeedWhatWorkerZeroHasFoundOut) {
  Ipv6Bench bench(two_ports_v6(), WorkerId{1});
  bench.stack.apply(AddressNotice{What::kDuplicate, {kLink0, kOur6}});
  bench.ipv6(Ipv6Bench::from_peer6(), from_text("segment"));
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.stack.ip().source_for(ip6("2001:4860::1")), std::nullopt);
  bench.stack.apply(AddressNotice{What::kRouter, {kLink0, ip6("fe80::99")}});
  EXPECT_EQ(bench.stack.ip().source_for(ip6("2001:4860::1")), kOurLocal);
  bench.stack.apply(AddressNotice{What::kRouterGone, {kLink0, ip6("fe80::99")}});
  EXPECT_EQ(bench.stack.ip().source_for(ip6("2001:4860::1")), std::nullopt);
}

TEST(OtherWorkers, PreferAnotherRouterThanTheSilentOne) {
  Ipv6Bench bench(two_ports_v6(), WorkerId{1});
  for (const char* router : {"fe80::98", "fe80::99"}) {
    bench.stack.apply(AddressNotice{What::kRouter, {kLink0, ip6(router)}});
  }
  bench.stack.apply(AddressNotice{What::kRouterSilent, {kLink0, ip6("fe80::98")}});
  bench.send6("x", ip6("2001:4860::1"));
  EXPECT_EQ(bench.take_requests().at(0).neighbour, (NeighbourKey{kLink0, ip6("fe80::99")}));
}

TEST(OtherWorkers, LeaveNeighbourDiscoveryToWorkerZero) {
  Ipv6Bench bench(two_ports_v6(), WorkerId{1});
  bench.solicit();
  EXPECT_TRUE(bench.take_sent().empty());
  bench.send6("x");
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.take_requests().at(0).neighbour, (NeighbourKey{kLink0, kPeer6}));
}

struct Routers : ::testing::Test {
  static Config using_routers() {
    Config config = two_ports_v6();
    config.links[0].ipv6.router_advertisements = policy::RouterAdvertisements::kUse;
    return config;
  }
  void advertise(uint16_t lifetime_s, const char* router = "fe80::99") {
    bench.advertise_router(lifetime_s, {.source = ip6(router), .destination = kAllNodes});
  }
  std::optional<IpAddress> way() { return bench.stack.ip().source_for(kAfar); }
  // Which router a packet makes us ask for.
  std::optional<IpAddress> asked_for() {
    bench.take_sent();
    bench.send6("x", kAfar);
    return question(bench.take_sent6().at(0))->target;
  }
  const IpAddress kAfar = ip6("2001:4860::1");
  Ipv6Bench bench{using_routers()};
};

TEST_F(Routers, AdvertisedRouter_IsUsedForItsLifetime) {
  EXPECT_EQ(way(), std::nullopt);
  advertise(100);
  EXPECT_EQ(way(), kOur6);
  bench.worker.advance(Duration::seconds(99));
  EXPECT_EQ(way(), kOur6);
  bench.worker.advance(Duration::seconds(12));
  EXPECT_EQ(way(), std::nullopt);
  const auto notices = bench.take_notices();
  EXPECT_EQ(notices.front().what, What::kRouter);
  EXPECT_EQ(notices.back().what, What::kRouterGone);
}

TEST_F(Routers, LifetimeOfZero_TakesTheRouterAway) {
  advertise(100);
  advertise(0);
  EXPECT_EQ(way(), std::nullopt);
}

TEST_F(Routers, LifetimeThatEndsBetweenTwoRefreshes_IsKept) {
  advertise(25);
  bench.worker.advance(Duration::milliseconds(24900));
  EXPECT_EQ(way(), kOur6);
  bench.worker.advance(Duration::milliseconds(200));
  EXPECT_EQ(way(), std::nullopt);
}

// RFC 4861 7.2.5.
TEST_F(Routers, WhoSaysThatItIsNone_IsNoneAnyLonger) {
  const IpAddress router = ip6("fe80::99");
  const auto say = [&](bool is_router, bool override, const wire::MacAddress& mac) {
    bench.advertise({.router = is_router, .override = override, .target = router, .target_mac = mac},
                    {.source = router, .destination = kAllNodes});
  };
  advertise(100);
  say(false, true, kPeerMac);
  EXPECT_EQ(way(), kOur6) << "a stranger is not believed";
  bench.solicit({kOurLocal, kPeerMac}, {.source = router, .destination = solicited_node(kOurLocal)});
  say(true, true, kPeerMac);
  EXPECT_EQ(way(), kOur6);
  say(false, false, kOtherMac);
  EXPECT_EQ(way(), kOur6) << "nor is another that does not replace it";
  say(false, true, kPeerMac);
  EXPECT_EQ(way(), std::nullopt);
}

TEST_F(Routers, WhoAnswersThatItIsNone_IsNoneAnyLonger) {
  advertise(100);
  bench.send6("x", kAfar);
  bench.answer(ip6("fe80::99"));
  EXPECT_EQ(way(), std::nullopt);
}

// RFC 4861 6.3.6: one that is not known to be silent is preferred.
TEST_F(Routers, UnknownRouterThatDoesNotAnswer_GivesWayToTheNext) {
  advertise(1000, "fe80::98");
  advertise(1000, "fe80::99");
  EXPECT_EQ(asked_for(), ip6("fe80::98"));
  bench.take_notices();
  bench.worker.advance(Duration::seconds(5));
  EXPECT_EQ(bench.take_notices().at(0).what, What::kRouterSilent) << "the other workers are told";
  EXPECT_EQ(asked_for(), ip6("fe80::99"));
  bench.worker.advance(Duration::seconds(5));
  EXPECT_EQ(asked_for(), ip6("fe80::98")) << "of two silent ones the other is tried";
}

TEST_F(Routers, KnownRouterThatFallsSilent_GivesWayToTheNext) {
  advertise(1000, "fe80::98");
  advertise(1000, "fe80::99");
  bench.solicit({kOurLocal, kPeerMac}, {.source = ip6("fe80::98"), .destination = solicited_node(kOurLocal)});
  bench.take_sent();
  bench.send6("x", kAfar);
  EXPECT_EQ(bench.take_sent6().at(0).frame.link.destination, kPeerMac);
  bench.worker.advance(Duration::seconds(9));
  EXPECT_EQ(asked_for(), ip6("fe80::99"));
}

TEST_F(Routers, SilentRouterWithoutAnother_IsTriedAgain) {
  advertise(1000);
  EXPECT_EQ(asked_for(), ip6("fe80::99"));
  bench.worker.advance(Duration::seconds(5));
  EXPECT_EQ(asked_for(), ip6("fe80::99"));
}

TEST_F(Routers, StaticRoute_GoesBeforeThem) {
  advertise(100);
  bench.send6("x", kFar6);
  EXPECT_EQ(question(bench.take_sent6().at(0))->target, kRouter6);
}

TEST_F(Routers, WithoutALinkLocalAddressOrFromAfar_AreNotBelieved) {
  advertise(100, "2001:db8::99");
  bench.advertise_router(100, {.source = ip6("fe80::99"), .destination = kAllNodes, .hop_limit = 64});
  EXPECT_EQ(way(), std::nullopt);
  EXPECT_EQ(bench.counted(Counter::kNetNdMalformed), 2u);
}

TEST_F(Routers, MoreThanAreRemembered_AreIgnored) {
  for (int i = 0; i < 10; ++i) advertise(100, ("fe80::" + std::to_string(90 + i)).c_str());
  EXPECT_EQ(bench.counted(Counter::kNetNdIgnored), 10u - RouteTable::kMaxRouters);
}

TEST_F(Routers, AreAskedForAtStart_UntilOneAnswers) {
  const auto asked = [&] {
    unsigned n = 0;
    for (const auto& sent : bench.take_sent6()) n += sent.icmp().type == wire::IcmpV6Type::kRouterSolicitation;
    return n;
  };
  bench.stack.announce();
  bench.worker.advance(Duration::milliseconds(1500));
  EXPECT_EQ(asked(), 1u);
  bench.worker.advance(Duration::seconds(4));
  EXPECT_EQ(asked(), 1u);
  advertise(1000);
  bench.worker.advance(Duration::seconds(20));
  EXPECT_EQ(asked(), 0u);
}

// RFC 4861 6.3.7: a router on one link says nothing of another.
TEST(RoutersOfTwoLinks, AreAskedForOnEach_UntilOneThereAnswers) {
  Config config = two_ports_v6();
  for (LinkConfig& link : config.links) link.ipv6.router_advertisements = policy::RouterAdvertisements::kUse;
  Ipv6Bench bench(config);
  const auto asked_on = [&] {
    std::vector<PortIndex> ports;
    for (const auto& sent : bench.take_sent6()) {
      if (sent.icmp().type == wire::IcmpV6Type::kRouterSolicitation) ports.push_back(sent.frame.port);
    }
    return ports;
  };
  bench.stack.announce();
  bench.worker.advance(Duration::milliseconds(1500));
  EXPECT_EQ(asked_on(), (std::vector{kPort0, kPort1}));
  bench.advertise_router(1000, {.source = ip6("fe80::99"), .destination = kAllNodes});
  bench.worker.advance(Duration::seconds(4));
  EXPECT_EQ(asked_on(), std::vector{kPort1});
}

TEST(RoutersIgnored, Advertisement_ChangesNothing) {
  Ipv6Bench bench;
  bench.advertise_router(1800, {.source = ip6("fe80::99"), .destination = kAllNodes});
  EXPECT_EQ(bench.stack.ip().source_for(ip6("2001:4860::1")), std::nullopt);
  EXPECT_EQ(bench.counted(Counter::kNetNdIgnored), 1u);
}

}  // namespace
}  // namespace sluice::net
