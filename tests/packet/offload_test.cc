// What is left to the device: chained buffers, checksums and the cutting of long segments (TSO).
#include <gtest/gtest.h>

#include "support/tcp_peer.h"
#include "wire/checksum.h"

namespace sluice::test {
namespace {

std::string numbered(size_t bytes) {
  std::string text(bytes, 0);
  for (size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i / 7 % 26);
  return text;
}

struct Chained : testing::Test {
  void SetUp() override {
    peer.establish_passive();
    peer.output.transmit_offloads.multi_segment = true;
  }
  TcpPeer peer;
};

TEST_F(Chained, LongText_IsSharedAndNotCopied) {
  const std::string text = numbered(1460);
  peer.user.write(text);
  const SentSegment s = peer.take();
  EXPECT_EQ(s.text, text);
  EXPECT_EQ(s.parts, 2u);
}

TEST_F(Chained, ShortText_IsCopied) {
  peer.user.write("short");
  EXPECT_EQ(peer.take().parts, 1u);
}

TEST_F(Chained, TextAcrossBuffers_HangsBehindOneHeader) {
  const std::string text = numbered(4380);
  peer.user.write(text);
  std::string sent;
  for (int i = 0; i < 3; ++i) sent += peer.take().text;
  EXPECT_EQ(sent, text);
}

// A device with few descriptors a frame: text in crumbs is copied together.
TEST_F(Chained, TextInManyBuffers_IsCopied) {
  for (char c = 'a'; c <= 'm'; ++c) {
    SliceQueue slices = peer.worker.slices(std::string(600, c));
    const Slice whole = slices.take_front();
    SliceQueue part(peer.worker.nodes);
    ASSERT_TRUE(part.try_push(whole.sub(0, 513)));
    peer.user.connection->write(std::move(part));
  }
  const SentSegment s = peer.take();
  EXPECT_LE(s.parts, TransmitOffloads::kMostParts);
  peer.drain();
}

TEST_F(Chained, Retransmission_SharesTheSameBytes) {
  const std::string text = numbered(1000);
  peer.user.write(text);
  peer.take();
  peer.expect_after(Duration::milliseconds(200), seg(1, 1).text(text));
}

// With the last acknowledgement all buffers go back: those of text and those that only showed it.
TEST_F(Chained, NothingIsKept) {
  const uint32_t packets = peer.worker.packets->available();
  peer.user.write(numbered(20'000));
  peer.drain();
  peer.send(seg(1, 14'601));
  peer.drain();
  peer.send(seg(1, 20'001));
  EXPECT_EQ(peer.worker.packets->available(), packets);
}

struct Tso : testing::Test {
  void SetUp() override {
    peer.output.transmit_offloads = {
        .ipv4_checksum = true, .tcp_checksum = true, .segmentation = true, .multi_segment = true};
    peer.establish_passive();
  }
  // Slow start, until the flight may be as large as the peer's window.
  void open_window() {
    uint32_t end = 1;
    for (int round = 0; round < 60; ++round) {
      peer.user.write(std::string(65'535, 'x'));
      peer.worker.run_tasks();
      while (!peer.output.sent.empty()) {
        while (!peer.output.sent.empty()) end += static_cast<uint32_t>(peer.take().text.size());
        peer.send(seg(1, end));
      }
    }
    ASSERT_EQ(peer.user.connection->unacknowledged(), 0u);
  }
  TcpPeer peer;
};

TEST_F(Tso, LongText_IsOneSegmentUpToTheCongestionWindow) {
  const std::string text = numbered(30'000);
  peer.user.write(text);
  const SentSegment s = peer.take();
  EXPECT_EQ(s.text, text.substr(0, 14'600));
  EXPECT_EQ(s.cut_into, 1460);
  EXPECT_EQ(peer.counted(Counter::kTcpSuperSegments), 1u);
  peer.expect_nothing();
}

TEST_F(Tso, PartOfASegmentAtTheEnd_FollowsByItself) {
  const std::string text = numbered(5000);
  peer.user.write(text);
  peer.expect(seg(1, 1).text(text.substr(0, 4380)));
  peer.expect(seg(4381, 1).text(text.substr(4380)));
}

TEST_F(Tso, ThePeersWindow_BoundsTheSegment) {
  peer.send(seg(1, 1).window(5000));
  peer.user.write(numbered(20'000));
  EXPECT_EQ(peer.take().text.size(), 4380u);
  peer.drain();
}

TEST_F(Tso, WhatAnIpPacketHolds_IsTheMost) {
  open_window();
  peer.user.write(std::string(65'535, 'x'));
  EXPECT_EQ(peer.take().text.size(), 64'000u / 1460 * 1460);
  peer.drain();
}

// What the device will do to each piece, it does to the sum of the pseudo-header too: no length in it.
TEST_F(Tso, Checksum_IsThatOfThePseudoHeaderWithoutLength) {
  peer.user.write(numbered(2920));
  const SentSegment s = peer.take();
  EXPECT_EQ(s.header.checksum, wire::pseudo_header_sum(s.source, s.destination, 6, 0).sum());
}

TEST_F(Tso, Retransmission_IsOneSegment) {
  peer.user.write(numbered(14'600));
  peer.take();
  peer.expect_after(Duration::milliseconds(200), seg(1, 1).text(numbered(1460)));
}

TEST_F(Tso, Fin_FollowsLongText) {
  peer.user.write(numbered(2920));
  peer.user.connection->shutdown_write();
  peer.expect(seg(1, 1).text(numbered(2920)));
  peer.expect(seg(2921, 1).fin());
}

TEST(TsoEcn, Cwr_StandsOnOneSegmentThatIsNotCut) {
  TcpPeer peer;
  peer.output.transmit_offloads = {
      .ipv4_checksum = true, .tcp_checksum = true, .segmentation = true, .multi_segment = true};
  peer.establish_passive(syn().mss(1460).ece().cwr());
  peer.user.write(numbered(14'600));
  peer.drain();
  peer.send(seg(1, 14'601).ece());
  peer.user.write(numbered(7300));
  SentSegment s = peer.take();
  EXPECT_TRUE(s.header.flags.cwr);
  EXPECT_EQ(s.text.size(), 1460u);
  s = peer.take();
  EXPECT_FALSE(s.header.flags.cwr);
  EXPECT_EQ(s.text.size(), 5840u);
  EXPECT_EQ(s.cut_into, 1460);
}

TEST(TsoTimestamps, AreCountedAsHeader) {
  TcpPeer peer;
  peer.output.transmit_offloads = {
      .ipv4_checksum = true, .tcp_checksum = true, .segmentation = true, .multi_segment = true};
  peer.establish_passive(syn().mss(1460).timestamps(1, 0));
  peer.user.write(numbered(2896));
  const SentSegment s = peer.take();
  EXPECT_EQ(s.text.size(), 2896u);
  EXPECT_EQ(s.cut_into, 1448);
}

// A pool without references left delays and does not break.
TEST_F(Tso, NoReferences_DelayAndDoNotBreak) {
  std::vector<Packet> hoard;
  for (Packet p = peer.worker.packets->try_allocate_reference(); p; p = peer.worker.packets->try_allocate_reference()) {
    hoard.push_back(std::move(p));
  }
  peer.user.write(numbered(2920));
  peer.expect_nothing_for(Duration::milliseconds(500));
  hoard.clear();
  peer.worker.advance(Duration::seconds(3));
  EXPECT_FALSE(peer.take().text.empty());
  peer.drain();
}

}  // namespace
}  // namespace sluice::test
