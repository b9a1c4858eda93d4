// ARP and the neighbour table: asking, answering, waiting, forgetting, and what workers tell each other.
#include <gtest/gtest.h>

#include "support/net_bench.h"

namespace sluice::net {
namespace {

using namespace test;
using Operation = wire::ArpPacket::Operation;

constexpr wire::MacAddress kOtherMac{{0x02, 0, 0, 0, 0, 0x55}};
constexpr Duration kSecond = Duration::seconds(1);

// The n-th host of 198.18.0.0/16.
IpAddress host(uint32_t n) {
  return IpAddress::v4(0xC6120000 + n);
}

Config wide_link() {
  Config config = two_ports();
  config.links[0].addresses[0].prefix = *Cidr::parse("198.18.0.0/16");
  config.routes.clear();
  return config;
}

TEST(Arp, RequestForUs_IsAnsweredToTheSenderAlone) {
  NetBench bench;
  bench.arp_request();
  const auto sent = bench.take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].link.destination, kPeerMac);
  EXPECT_EQ(wire::parse_arp(sent[0].payload), (wire::ArpPacket{.operation = Operation::kReply,
                                                               .sender_mac = kOurMac,
                                                               .sender_ip = kOurIp,
                                                               .target_mac = kPeerMac,
                                                               .target_ip = kPeerIp}));
}

TEST(Arp, RequestForAnother_IsNotAnsweredNorLearned) {
  NetBench bench;
  bench.arp_request(kRouterIp);
  EXPECT_TRUE(bench.take_sent().empty());
  bench.send("x");
  EXPECT_EQ(bench.take_arp().size(), 1u);
}

TEST(Arp, Probe_IsAnsweredAndTeachesNothing) {
  NetBench bench;
  bench.arp_request(kOurIp, IpAddress::v4(0));
  EXPECT_EQ(bench.take_arp().at(0).operation, Operation::kReply);
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourLearned), 0u);
}

TEST(Arp, RequestForUs_TeachesTheSender) {
  NetBench bench;
  bench.arp_request();
  bench.take_sent();
  bench.send("x");
  EXPECT_EQ(bench.take_sent().at(0).link.destination, kPeerMac);
}

TEST(Arp, RequestFromOffTheLink_IsAnsweredAndTeachesNothing) {
  NetBench bench;
  bench.arp_request(kOurIp, kFarIp);
  EXPECT_EQ(bench.take_arp().at(0).operation, Operation::kReply);
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourLearned), 0u);
}

TEST(Arp, UnaskedReply_TeachesNothing) {
  NetBench bench;
  bench.arp_reply();
  bench.send("x");
  EXPECT_EQ(bench.take_arp().size(), 1u);
}

TEST(Arp, GratuitousReply_MovesAKnownNeighbour) {
  NetBench bench;
  bench.arp_request();
  bench.arp_reply(kPeerIp, kOtherMac);
  bench.take_sent();
  bench.send("x");
  EXPECT_EQ(bench.take_sent().at(0).link.destination, kOtherMac);
}

TEST(Arp, SenderWithAGroupMac_IsMalformed) {
  NetBench bench;
  bench.arp_request(kOurIp, kPeerIp, wire::MacAddress::broadcast());
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.counted(Counter::kNetArpMalformed), 1u);
}

TEST(Arp, OurOwnFrameReflected_IsIgnored) {
  NetBench bench;
  bench.arp_request(kRouterIp, kOurIp, kOurMac);
  EXPECT_EQ(bench.counted(Counter::kNetArpConflict), 0u);
}

TEST(Arp, Conflict_IsDefendedAtMostEveryTenSeconds) {
  NetBench bench;
  for (int i = 0; i < 5; ++i) bench.arp_request(kRouterIp, kOurIp);
  EXPECT_EQ(bench.take_arp().size(), 1u);
  EXPECT_EQ(bench.counted(Counter::kNetArpConflict), 5u);
  bench.worker.advance(Duration::seconds(11));
  bench.arp_request(kRouterIp, kOurIp);
  const auto defence = bench.take_arp();
  ASSERT_EQ(defence.size(), 1u);
  EXPECT_EQ(defence[0].sender_ip, kOurIp);
  EXPECT_EQ(defence[0].target_ip, kOurIp);
}

// RFC 5227 2.4: a claim to one address keeps back the defence of no other.
TEST(Arp, Conflicts_AreDefendedEachForItself) {
  Config config = two_ports();
  config.links[0].addresses.push_back({host(7), *Cidr::parse("198.18.0.0/24")});
  NetBench bench(config);
  for (const IpAddress& own : {kOurIp, host(7), kOurIp}) bench.arp_request(kRouterIp, own);
  const auto defence = bench.take_arp();
  ASSERT_EQ(defence.size(), 2u);
  EXPECT_EQ(defence[0].sender_ip, kOurIp);
  EXPECT_EQ(defence[1].sender_ip, host(7));
}

TEST(Arp, Announce_TellsEveryAddressTwice) {
  NetBench bench;
  bench.stack.announce();
  EXPECT_EQ(bench.take_arp().size(), 2u);
  bench.worker.advance(Duration::seconds(2));
  const auto again = bench.take_sent();
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[0].link.destination, wire::MacAddress::broadcast());
  EXPECT_EQ(wire::parse_arp(again[1].payload)->sender_ip, kOurIp1);
  bench.worker.advance(Duration::seconds(60));
  EXPECT_TRUE(bench.take_sent().empty());
}

TEST(Neighbour, UnknownNextHop_IsAskedForOnceAndPacketsWait) {
  NetBench bench;
  bench.send("one");
  bench.send("two");
  const auto asked = bench.take_arp();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0], (wire::ArpPacket{.operation = Operation::kRequest,
                                       .sender_mac = kOurMac,
                                       .sender_ip = kOurIp,
                                       .target_mac = {},
                                       .target_ip = kPeerIp}));
  bench.arp_reply();
  const auto sent = bench.take_sent();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(to_text(std::span(sent[0].payload).subspan(20)), "one");
  EXPECT_EQ(to_text(std::span(sent[1].payload).subspan(20)), "two");
  EXPECT_EQ(sent[1].link.destination, kPeerMac);
}

TEST(Neighbour, NoAnswer_IsAskedThreeTimesASecondApartThenGivenUp) {
  NetBench bench;
  bench.send("lost");
  EXPECT_EQ(bench.take_arp().size(), 1u);
  bench.worker.advance(kSecond);
  EXPECT_EQ(bench.take_arp().size(), 1u);
  bench.worker.advance(kSecond);
  EXPECT_EQ(bench.take_arp().size(), 1u);
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourUnresolved), 0u);
  bench.worker.advance(kSecond);
  EXPECT_TRUE(bench.take_arp().empty());
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourUnresolved), 1u);
  EXPECT_EQ(bench.worker.packets->available(), 4096u);
}

TEST(Neighbour, GivenUp_TellsTcpWhichSegmentNeverLeft) {
  NetBench bench;
  const Bytes segment = from_hex("c350 0050 01020304 00000000 5002 ffff 0000 0000");
  bench.send(to_text(segment));
  bench.worker.advance(Duration::seconds(3));
  const auto errors = bench.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].kind, IcmpError::Kind::kHostUnreachable);
  EXPECT_EQ(errors[0].local, (Endpoint{kOurIp, Port{50000}}));
  EXPECT_EQ(errors[0].remote, (Endpoint{kPeerIp, Port{80}}));
  EXPECT_EQ(errors[0].seq, 0x01020304u);
}

TEST(Neighbour, GivenUp_IsAskedForAnew) {
  NetBench bench;
  bench.send("lost");
  bench.worker.advance(Duration::seconds(10));
  bench.take_sent();
  bench.send("again");
  EXPECT_EQ(bench.take_arp().size(), 1u);
}

TEST(Neighbour, WaitingPackets_AreBoundedForEach) {
  NetBench bench;
  for (unsigned i = 0; i < NeighbourTable::kMaxHeldEach + 3; ++i) bench.send("x");
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourQueueFull), 3u);
  bench.take_sent();
  bench.arp_reply();
  EXPECT_EQ(bench.take_sent().size(), NeighbourTable::kMaxHeldEach);
}

// RFC 1122 2.3.2.2 (the latest packet is saved), RFC 4861 7.2.2 (the new arrival replaces the oldest).
TEST(Neighbour, WaitingPackets_TheOldestMakesRoomForTheLatest) {
  NetBench bench;
  for (char c = 'a'; c <= 'k'; ++c) bench.send(std::string(1, c));
  bench.take_sent();
  bench.arp_reply();
  std::string came;
  for (const auto& sent : bench.take_sent()) came += to_text(std::span(sent.payload).subspan(20));
  EXPECT_EQ(came, "defghijk");
}

// Whoever forges sources on the link makes each SYN ask for a neighbour: everybody would hear every one.
TEST(Neighbour, QuestionsForNewNeighbours_AreBoundedASecond) {
  NetBench bench(wide_link());
  for (uint32_t n = 0; n < 3000; ++n) bench.send("flood", host(1000 + n));
  EXPECT_EQ(bench.take_arp().size(), NeighbourTable::kNewNeighboursPerSecond);
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourAskLimit), 3000u - NeighbourTable::kNewNeighboursPerSecond);
  EXPECT_EQ(bench.worker.packets->available(), 4096u - NeighbourTable::kNewNeighboursPerSecond);
  bench.worker.advance(Duration::milliseconds(500));
  for (uint32_t n = 0; n < 3000; ++n) bench.send("flood", host(1000 + n));
  EXPECT_EQ(bench.take_arp().size(), NeighbourTable::kNewNeighboursPerSecond / 2);
}

// Nobody has to be asked who asks for us, so that a flood keeps no honest neighbour out.
TEST(Neighbour, ThatAsksForUsInAFlood_IsLearnedAllTheSame) {
  NetBench bench(wide_link());
  for (uint32_t n = 0; n < 3000; ++n) bench.send("flood", host(1000 + n));
  bench.arp_request();
  bench.take_sent();
  bench.send("x");
  EXPECT_EQ(bench.take_sent().at(0).link.destination, kPeerMac);
}

TEST(Neighbour, WaitingPackets_AreBoundedAltogether) {
  NetBench bench(wide_link());
  for (uint32_t n = 0; n < NeighbourTable::kMaxHeld + 10; ++n) {
    bench.send("x", host(1000 + n));
    bench.worker.advance(Duration::milliseconds(4));  // within the bound of questions
  }
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourQueueFull), 10u);
  EXPECT_EQ(bench.worker.packets->available(), 4096u - NeighbourTable::kMaxHeld);
}

TEST(Neighbour, FullTable_ForgetsTheOneNotUsedForLongest) {
  NetBench bench(wide_link());
  for (uint32_t n = 0; n < NeighbourTable::kCapacity; ++n) bench.arp_request(kOurIp, host(1000 + n));
  bench.take_sent();
  bench.send("x", host(1000));  // used: spared once
  bench.arp_request(kOurIp, host(9000));
  bench.take_sent();
  EXPECT_EQ(bench.counted(Counter::kNetNeighbourEvicted), 1u);
  bench.send("x", host(1000));
  EXPECT_TRUE(bench.take_arp().empty());
  bench.send("x", host(1001));
  EXPECT_EQ(bench.take_arp().size(), 1u);
}

TEST(Neighbour, FloodOfUnknownHosts_LeavesAUsedNeighbourAlone) {
  NetBench bench(wide_link());
  bench.arp_request();
  for (uint32_t n = 0; n < 10 * NeighbourTable::kCapacity; ++n) {
    bench.arp_request(kOurIp, host(1000 + n));
    bench.send("wanted");
    bench.take_sent();
  }
  bench.send("wanted");
  EXPECT_EQ(bench.take_sent().at(0).link.destination, kPeerMac);
}

TEST(Neighbour, Unused_IsForgottenAfterAMinute) {
  NetBench bench;
  bench.arp_request();
  bench.take_sent();
  bench.worker.advance(Duration::seconds(61));
  EXPECT_TRUE(bench.take_sent().empty());
  bench.send("x");
  EXPECT_EQ(bench.take_arp().size(), 1u);
}

TEST(Neighbour, Used_IsCheckedWithItsLastAddressAndStaysInUse) {
  NetBench bench;
  bench.arp_request();
  bench.send("x");
  bench.take_sent();
  bench.worker.advance(Duration::seconds(60));
  const auto probe = bench.take_sent();
  ASSERT_EQ(probe.size(), 1u);
  EXPECT_EQ(probe[0].link.destination, kPeerMac);
  EXPECT_EQ(wire::parse_arp(probe[0].payload)->target_ip, kPeerIp);
  bench.send("meanwhile");
  EXPECT_EQ(bench.take_sent().at(0).link.type, wire::EtherType::kIpv4);
  bench.arp_reply();
  bench.worker.advance(Duration::seconds(30));
  EXPECT_TRUE(bench.take_sent().empty());
}

TEST(Neighbour, ThatStopsAnswering_IsSearchedForAnew) {
  NetBench bench;
  bench.arp_request();
  bench.send("x");
  bench.take_sent();
  bench.worker.advance(Duration::seconds(63));
  EXPECT_EQ(bench.take_arp().size(), 3u);
  bench.send("y");
  EXPECT_EQ(bench.take_sent().at(0).link.destination, wire::MacAddress::broadcast());
}

TEST(Neighbour, SameAddressOnTwoPorts_IsTwoNeighbours) {
  NetBench bench;
  bench.arp_request();
  bench.take_sent();
  // A frame that arrived on port 1 must be addressed to that port's MAC.
  Bytes arp(wire::ArpPacket::kBytes);
  wire::emit_arp({.sender_mac = kOtherMac, .sender_ip = kPeerIp, .target_ip = kOurIp1}, arp);
  Bytes frame(14);
  wire::emit_ethernet({.destination = kOurMac1, .source = kOtherMac, .type = wire::EtherType::kArp}, frame);
  frame.insert(frame.end(), arp.begin(), arp.end());
  bench.frame(frame, kPort1);
  bench.take_sent();
  bench.send("x");
  EXPECT_EQ(bench.take_sent().at(0).link.destination, kPeerMac);
}

TEST(NeighbourSync, WorkerZero_PublishesWhatItLearns) {
  NetBench bench;
  bench.arp_request();
  auto updates = bench.take_updates();
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0].neighbour, (NeighbourKey{kLink0, kPeerIp}));
  EXPECT_EQ(updates[0].mac, kPeerMac);
  bench.arp_request();
  EXPECT_TRUE(bench.take_updates().empty());
  bench.arp_reply(kPeerIp, kOtherMac);
  EXPECT_EQ(bench.take_updates().at(0).mac, kOtherMac);
}

TEST(NeighbourSync, OtherWorkers_AskWorkerZeroInsteadOfTheLink) {
  NetBench bench(two_ports(), WorkerId{1});
  bench.send("x");
  EXPECT_TRUE(bench.take_sent().empty());
  ASSERT_EQ(bench.take_requests().at(0).neighbour, (NeighbourKey{kLink0, kPeerIp}));
  bench.stack.apply(NeighbourUpdate{{kLink0, kPeerIp}, kPeerMac});
  EXPECT_EQ(bench.take_sent().at(0).link.destination, kPeerMac);
}

TEST(NeighbourSync, LostRequest_IsMadeAgain) {
  NetBench bench(two_ports(), WorkerId{1});
  bench.send("x");
  bench.take_requests();
  bench.worker.advance(kSecond);
  EXPECT_EQ(bench.take_requests().size(), 1u);
}

TEST(NeighbourSync, UpdateNobodyHereWaitsFor_IsNotKept) {
  NetBench bench(two_ports(), WorkerId{1});
  bench.stack.apply(NeighbourUpdate{{kLink0, kPeerIp}, kPeerMac});
  bench.send("x");
  EXPECT_EQ(bench.take_requests().size(), 1u);
}

TEST(NeighbourSync, RequestForAKnownNeighbour_IsAnsweredAtOnce) {
  NetBench bench;
  bench.arp_request();
  bench.take_updates();
  bench.stack.on_resolve_request({{kLink0, kPeerIp}});
  EXPECT_EQ(bench.take_updates().at(0).mac, kPeerMac);
}

TEST(NeighbourSync, RequestForAnUnknownNeighbour_IsAnsweredWhenItIsKnown) {
  NetBench bench;
  bench.stack.on_resolve_request({{kLink0, kPeerIp}});
  EXPECT_EQ(bench.take_arp().at(0).target_ip, kPeerIp);
  EXPECT_TRUE(bench.take_updates().empty());
  bench.arp_reply();
  EXPECT_EQ(bench.take_updates().at(0).mac, kPeerMac);
}

TEST(NeighbourSync, ArpAtAnotherWorker_IsIgnored) {
  NetBench bench(two_ports(), WorkerId{1});
  bench.arp_request();
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.counted(Counter::kNetArpIgnored), 1u);
}

}  // namespace
}  // namespace sluice::net
