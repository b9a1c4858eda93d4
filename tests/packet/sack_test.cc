// What this side acknowledges selectively: RFC 2018 (SACK), RFC 2883 (D-SACK).
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

const std::string kPart(100, 'x');

struct Sack : testing::Test {
  void SetUp() override { peer.establish_passive(syn().mss(1460).sack_permitted()); }

  TcpPeer peer;
};

// RFC 2018 2.
TEST(SackHandshake, SynAck_PermitsItWhenTheSynDid) {
  TcpPeer peer;
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  peer.send(syn().mss(1460).sack_permitted());
  peer.expect(syn_ack().mss(1460).sack_permitted());
}

TEST(SackHandshake, UnlessThePeerPermitsIt_NoBlocksAreSent) {
  TcpPeer peer;
  peer.establish_passive(syn().mss(1460));
  peer.send(seg(101, 1).text(kPart));
  peer.expect(seg(1, 1).no_options());
}

TEST(SackHandshake, ActiveOpen_PermitsIt) {
  TcpPeer peer;
  const auto connection = peer.stack->connect(TcpPeer::kRemote, peer.user);
  ASSERT_TRUE(connection.ok());
  EXPECT_TRUE(peer.take().header.options.sack_permitted);
}

// RFC 2018 4.
TEST_F(Sack, TextAheadOfAGap_IsReported) {
  peer.send(seg(101, 1).text(kPart));
  peer.expect(seg(1, 1).sack({{101, 201}}));
  peer.send(seg(201, 1).text(kPart));
  peer.expect(seg(1, 1).sack({{101, 301}}));
}

TEST_F(Sack, FirstBlock_IsTheOneThatChangedLast) {
  peer.send(seg(101, 1).text(kPart));
  peer.expect(seg(1, 1).sack({{101, 201}}));
  peer.send(seg(301, 1).text(kPart));
  peer.expect(seg(1, 1).sack({{301, 401}, {101, 201}}));
  peer.send(seg(501, 1).text(kPart));
  peer.expect(seg(1, 1).sack({{501, 601}, {301, 401}, {101, 201}}));
  peer.send(seg(201, 1).text("y"));
  peer.expect(seg(1, 1).sack({{101, 202}, {501, 601}, {301, 401}}));
}

TEST_F(Sack, TextBetweenTwoBlocks_JoinsThem) {
  peer.send({seg(101, 1).text(kPart), seg(301, 1).text(kPart)});
  peer.drain();
  peer.send(seg(201, 1).text(kPart));
  peer.expect(seg(1, 1).sack({{101, 401}}));
}

TEST_F(Sack, FilledGap_TakesItsBlockAway) {
  peer.send({seg(101, 1).text(kPart), seg(301, 1).text(kPart)});
  peer.drain();
  peer.send(seg(1, 1).text(kPart));
  peer.expect(seg(1, 201).sack({{301, 401}}));
  peer.send(seg(201, 1).text(kPart));
  peer.expect(seg(1, 401).no_options());
}

// RFC 2018 3: 40 bytes of options hold four blocks.
TEST_F(Sack, MoreGapsThanBlocks_LeaveTheOldestOut) {
  for (uint32_t i = 0; i < 6; ++i) peer.send(seg(101 + 200 * i, 1).text(kPart));
  for (int i = 0; i < 5; ++i) peer.take();
  peer.expect(seg(1, 1).sack({{1101, 1201}, {901, 1001}, {701, 801}, {501, 601}}));
}

// RFC 2018 4: the first block is all that lies around what came last, also where it was left out for a while.
TEST_F(Sack, TextBesideABlockThatWasLeftOut_IsReportedWithIt) {
  for (uint32_t i = 0; i < 6; ++i) peer.send(seg(101 + 200 * i, 1).text(kPart));
  for (int i = 0; i < 6; ++i) peer.take();
  peer.send(seg(201, 1).text("more"));
  peer.expect(seg(1, 1).sack({{101, 205}, {1101, 1201}, {901, 1001}, {701, 801}}));
}

// RFC 2018 3: three beside timestamps.
TEST(SackWithTimestamps, LeavesRoomForThem) {
  TcpPeer peer;
  peer.establish_passive(syn().mss(1460).sack_permitted().timestamps(1000, 0));
  for (uint32_t i = 0; i < 4; ++i) peer.send(seg(101 + 200 * i, 1).text(kPart).timestamps(1000, 0));
  for (int i = 0; i < 3; ++i) peer.take();
  const auto options = peer.take().header.options;
  EXPECT_TRUE(options.timestamps.has_value());
  EXPECT_EQ(options.sack_count, 3);
}

TEST_F(Sack, FullSegments_CarryNoBlocks) {
  peer.send(seg(101, 1).text(kPart));
  peer.drain();
  peer.user.write(std::string(1460, 'y'));
  EXPECT_EQ(peer.take().header.options.sack_count, 0);
}

TEST_F(Sack, SmallSegments_CarryBlocks) {
  peer.send(seg(101, 1).text(kPart));
  peer.drain();
  peer.user.write("y");
  peer.expect(seg(1, 1).text("y").sack({{101, 201}}));
}

// RFC 2883 4.1.
TEST_F(Sack, TextThatWasDelivered_IsReportedAsADuplicateOnce) {
  peer.send(seg(1, 1).text(kPart));
  peer.drain();
  peer.send(seg(1, 1).text(kPart));
  peer.expect(seg(1, 101).sack({{1, 101}}));
  peer.send(seg(201, 1).text(kPart));
  peer.expect(seg(1, 101).sack({{201, 301}}));
}

TEST_F(Sack, PartlyOldText_ReportsTheOldPart) {
  peer.send(seg(1, 1).text(kPart));
  peer.drain();
  peer.send(seg(51, 1).text(kPart));
  peer.expect(seg(1, 151).sack({{51, 101}}));
}

// RFC 2883 4.1.2: the block that contains the duplicate follows.
TEST_F(Sack, DuplicateAheadOfAGap_ComesBeforeItsBlock) {
  peer.send({seg(101, 1).text(kPart), seg(201, 1).text(kPart), seg(501, 1).text(kPart)});
  peer.drain();
  peer.send(seg(201, 1).text(kPart));
  peer.expect(seg(1, 1).sack({{201, 301}, {101, 301}, {501, 601}}));
}

// RFC 2018 8: text that was reported may be given up; it is then no longer reported.
TEST_F(Sack, TextGivenUp_IsNoLongerReported) {
  peer.send(seg(101, 1).text(kPart));
  peer.drain();
  std::vector<Packet> hoard;
  while (peer.worker.packets->available() > 16) hoard.push_back(peer.worker.packets->try_allocate());
  peer.worker.clock.advance(Duration::milliseconds(2));
  peer.send(seg(301, 1).text(kPart));
  peer.expect(seg(1, 1).no_options());
}

// RFC 2883 4.2: what came twice may be part of a segment; its first stretch is reported.
TEST_F(Sack, PartOfWhatIsKept_IsReportedAsADuplicate) {
  peer.send(seg(201, 1).text(kPart));
  peer.drain();
  peer.send(seg(251, 1).text(kPart));
  peer.expect(seg(1, 1).sack({{251, 301}, {201, 351}}));
  peer.send(seg(151, 1).text(kPart));
  peer.expect(seg(1, 1).sack({{201, 251}, {151, 351}}));
}

TEST_F(Sack, TextThatCoversWhatIsKept_ReportsItAsADuplicate) {
  peer.send(seg(201, 1).text(kPart));
  peer.drain();
  peer.send(seg(151, 1).text(std::string(250, 'x')));
  peer.expect(seg(1, 1).sack({{201, 301}, {151, 401}}));
}

TEST_F(Sack, FirstOfSeveralStretchesThatCameTwice_IsReported) {
  peer.send({seg(201, 1).text(kPart), seg(401, 1).text(kPart)});
  peer.drain();
  peer.send(seg(151, 1).text(std::string(300, 'x')));
  peer.expect(seg(1, 1).sack({{201, 301}, {151, 501}}));
}

TEST_F(Sack, TextThatFillsTheGapAndMore_ReportsWhatWasKept) {
  peer.send({seg(101, 1).text(kPart), seg(201, 1).text(kPart), seg(501, 1).text(kPart)});
  peer.drain();
  peer.send(seg(1, 1).text(std::string(250, 'x')));
  peer.expect(seg(1, 301).sack({{101, 251}, {501, 601}}));
}

// RFC 2883 4: one report a segment, of what comes first.
TEST_F(Sack, OldTextThatReachesIntoWhatIsKept_ReportsTheOldPart) {
  peer.send(seg(1, 1).text(kPart));
  peer.drain();
  peer.send(seg(201, 1).text(kPart));
  peer.drain();
  peer.send(seg(51, 1).text(std::string(200, 'x')));
  peer.expect(seg(1, 301).sack({{51, 101}}));
}

}  // namespace
}  // namespace sluice::test
