// Text in both directions: RFC 9293 3.8, RFC 5681 4.2.
#include <gtest/gtest.h>

#include <cstring>

#include "support/tcp_peer.h"
#include "wire/checksum.h"

namespace sluice::test {
namespace {

constexpr auto kDelayedAck = Duration::milliseconds(40);

struct Data : testing::Test {
  TcpPeer peer;
};

TEST_F(Data, AnswerInTheSamePoll_CarriesTheAcknowledgement) {
  peer.establish_passive();
  peer.send(seg(1, 1).text("request"));
  peer.user.write("answer");
  peer.expect(seg(1, 8).text("answer"));
  peer.expect_nothing_for(Duration::milliseconds(100));
}

TEST_F(Data, WritesOfOnePoll_ShareASegment) {
  peer.establish_passive();
  peer.user.write("head ");
  peer.user.write("and body");
  peer.expect(seg(1, 1).text("head and body"));
  peer.expect_nothing();
}

TEST_F(Data, LongWrite_IsCutAtTheMss) {
  peer.establish_passive(syn().mss(1000));
  peer.user.write(std::string(2500, 'x'));
  peer.expect(seg(1, 1).text(std::string(1000, 'x')));
  peer.expect(seg(1001, 1).text(std::string(1000, 'x')));
  peer.expect(seg(2001, 1).text(std::string(500, 'x')));
}

// RFC 9293 3.7.1: SHLD-6, 536 without the option.
TEST_F(Data, NoMssOption_MeansTheDefault) {
  peer.establish_passive(syn());
  peer.user.write(std::string(537, 'x'));
  peer.expect(seg(1, 1).text(std::string(536, 'x')));
}

// RFC 9293 3.8.6.3.
TEST_F(Data, LoneSegment_IsAcknowledgedAfterTheDelay) {
  peer.establish_passive();
  peer.send(seg(1, 1).text("x"));
  peer.expect_after(kDelayedAck, seg(1, 2));
}

// RFC 5681 4.2.
TEST_F(Data, EverySecondFullSegment_IsAcknowledgedAtOnce) {
  peer.establish_passive();
  const std::string full(1460, 'x');
  peer.send(seg(1, 1).text(full));
  peer.expect_nothing();
  peer.send(seg(1461, 1).text(full));
  peer.expect(seg(1, 2921));
  peer.expect_nothing_for(Duration::milliseconds(100));
}

// A sender whose window is full pushes its last segment, and can send nothing until that is acknowledged.
TEST_F(Data, PushedSegmentOfALongText_IsAcknowledgedAtOnce) {
  peer.establish_passive();
  const std::string full(1460, 'x');
  for (uint32_t i = 0; i < 10; ++i) peer.send(seg(1 + i * 1460, 1).text(full));
  peer.drain();
  peer.send(seg(14'601, 1).text(full).psh());
  peer.expect(seg(1, 16'061));
}

TEST_F(Data, SegmentOfALongTextThatIsNotPushed_WaitsForTheSecond) {
  peer.establish_passive();
  const std::string full(1460, 'x');
  for (uint32_t i = 0; i < 10; ++i) peer.send(seg(1 + i * 1460, 1).text(full));
  peer.drain();
  peer.send(seg(14'601, 1).text(full));
  peer.expect_after(kDelayedAck, seg(1, 16'061));
}

// RFC 9293 3.8.6.3: the delay has a most, wherever between two ticks of the wheel the text comes.
TEST_F(Data, Acknowledgement_IsDelayedByNoMoreThanItsTime) {
  peer.establish_passive();
  peer.worker.advance(Duration::microseconds(300));
  const Instant arrived = peer.worker.clock.now();
  peer.send(seg(1, 1).text("x"));
  peer.worker.advance(Duration::milliseconds(45));
  const Duration delay = peer.take().at - arrived;
  EXPECT_LE(delay, kDelayedAck);
  EXPECT_GE(delay, kDelayedAck - Duration::milliseconds(1));
}

// Losses keep the sender's window small: the last of an odd number of segments would wait for a round trip.
TEST_F(Data, FullSegmentAfterAGap_IsAcknowledgedAtOnce) {
  peer.establish_passive();
  const std::string full(1460, 'x');
  peer.send(seg(1461, 1).text(full));
  peer.send(seg(1, 1).text(full));
  peer.drain();
  peer.send(seg(2921, 1).text(full));
  peer.expect(seg(1, 4381));
  peer.send(seg(4381, 1).text("short"));
  peer.expect_after(kDelayedAck, seg(1, 4386));
}

TEST_F(Data, FullSegmentLongAfterAGap_WaitsForTheSecond) {
  peer.establish_passive();
  const std::string full(1460, 'x');
  peer.send(seg(1461, 1).text(full));
  peer.send(seg(1, 1).text(full));
  uint32_t next = 2921;
  for (int i = 0; i < 256; ++i, next += 1460) peer.send(seg(next, 1).text(full));
  peer.drain();
  peer.send(seg(next, 1).text(full));
  peer.expect_after(kDelayedAck, seg(1, next + 1460));
}

// An answer will acknowledge a request: an acknowledgement before it would be one packet too many.
TEST_F(Data, PushedSegmentAfterOurOwnText_IsAcknowledgedAfterTheDelay) {
  peer.establish_passive();
  const std::string full(1460, 'x');
  for (uint32_t i = 0; i < 12; ++i) peer.send(seg(1 + i * 1460, 1).text(full));
  peer.user.write("answer");
  peer.drain();
  peer.send(seg(17'521, 7).text(full).psh());
  peer.expect_after(kDelayedAck, seg(7, 18'981));
}

// RFC 5681 4.2: each segment ahead of a gap is a duplicate acknowledgement, so the sender can count them.
// RFC 5681 4.2: full is what the peer can send, and its MSS tells before it has.
TEST(DataSmallMss, EverySecondFullSegment_IsAcknowledgedAtOnce) {
  TcpPeer peer;
  peer.establish_passive(syn().mss(512));
  peer.send(seg(1, 1).text(std::string(512, 'x')));
  peer.expect_nothing();
  peer.send(seg(513, 1).text(std::string(512, 'x')));
  peer.expect(seg(1, 1025));
}

TEST_F(Data, OutOfOrderSegments_AreAcknowledgedOneByOne) {
  peer.establish_passive();
  peer.send({seg(6, 1).text("BBBBB"), seg(11, 1).text("CCCCC")});
  peer.expect(seg(1, 1));
  peer.expect(seg(1, 1));
  EXPECT_EQ(peer.user.received, "");
}

// RFC 5681 4.2: all of a gap, or part of it.
TEST_F(Data, FilledGap_DeliversAndAcknowledgesAtOnce) {
  peer.establish_passive();
  peer.send(seg(11, 1).text("CCCCC"));
  peer.expect(seg(1, 1));
  peer.send(seg(1, 1).text("AAAAA"));
  peer.expect(seg(1, 6));
  peer.send(seg(6, 1).text("BBBBB"));
  peer.expect(seg(1, 16));
  EXPECT_EQ(peer.user.received, "AAAAABBBBBCCCCC");
}

TEST_F(Data, RepeatedSegment_IsAcknowledgedAndNotDeliveredAgain) {
  peer.establish_passive();
  peer.send(seg(1, 1).text("hello"));
  peer.drain();
  peer.send(seg(1, 1).text("hello"));
  peer.expect(seg(1, 6));
  EXPECT_EQ(peer.user.received, "hello");
}

TEST_F(Data, OverlappingSegment_DeliversOnlyWhatIsNew) {
  peer.establish_passive();
  peer.send(seg(1, 1).text("hello"));
  peer.send(seg(3, 1).text("llo world"));
  EXPECT_EQ(peer.user.received, "hello world");
}

// RFC 9293 3.10.7.4, first step.
TEST_F(Data, SegmentOutsideTheWindow_IsAnsweredByAnAcknowledgement) {
  peer.establish_passive();
  peer.send(seg(70'000, 1).text("far"));
  peer.expect(seg(1, 1));
  EXPECT_EQ(peer.counted(Counter::kTcpOutOfWindow), 1u);
}

// RFC 9293 3.10.7.4, fifth step.
TEST_F(Data, AcknowledgementOfWhatWasNeverSent_IsDropped) {
  peer.establish_passive();
  peer.send(seg(1, 2).text("x"));
  peer.expect(seg(1, 1));
  EXPECT_EQ(peer.user.received, "");
  EXPECT_EQ(peer.counted(Counter::kTcpAckOutOfRange), 1u);
}

TEST_F(Data, SegmentWithoutAck_IsDropped) {
  peer.establish_passive();
  TestSegment s = seg(1, 1).text("x");
  s.flags.ack = false;
  peer.send(s);
  peer.expect_nothing_for(kDelayedAck);
  EXPECT_EQ(peer.counted(Counter::kTcpNoAck), 1u);
}

TEST_F(Data, ChecksumOffload_LeavesTheSumOfThePseudoHeader) {
  peer.establish_passive();
  peer.output.transmit_offloads.tcp_checksum = true;
  peer.user.write("offloaded");
  const SentSegment s = peer.take();
  const auto pseudo = wire::pseudo_header_sum(s.source, s.destination, 6, 20 + 9);
  EXPECT_EQ(s.header.checksum, pseudo.sum());
}

// The device's word on a checksum is taken.
TEST_F(Data, VerifiedChecksum_IsNotComputedAgain) {
  peer.establish_passive();
  wire::TcpHeader header{.source_port = peer.tuple.remote.port,
                         .destination_port = peer.tuple.local.port,
                         .seq = peer.peer_iss + 1,
                         .ack = peer.stack_iss + 1,
                         .flags = {.ack = true},
                         .window = 1000,
                         .checksum = 0xbad};
  Packet packet = peer.worker.packets->try_allocate();
  wire::emit_tcp_header(header, packet.append(20));
  std::memcpy(packet.append(2).data(), "ok", 2);
  peer.stack->on_segment(peer.tuple.remote.address, peer.tuple.local.address, std::move(packet),
                         {.checksum_verified = true});
  peer.worker.run_tasks();
  EXPECT_EQ(peer.user.received, "ok");
}

// RFC 6093: the pointer is ignored, the text is not.
TEST_F(Data, UrgentText_IsOrdinaryText) {
  peer.establish_passive();
  TestSegment s = seg(1, 1).text("now");
  s.flags.urg = true;
  peer.send(s);
  EXPECT_EQ(peer.user.received, "now");
}

}  // namespace
}  // namespace sluice::test
