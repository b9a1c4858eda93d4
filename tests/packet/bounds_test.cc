// What a hostile peer can make us hold, and what a starved worker does.
#include <gtest/gtest.h>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

struct Bounds : testing::Test {
  void SetUp() override { peer.establish_passive(); }
  uint32_t packets_held() { return total - peer.worker.packets->available(); }

  TcpPeer peer;
  const uint32_t total = peer.worker.packets->available();
};

TEST_F(Bounds, IdleConnection_HoldsNoBuffers) {
  peer.send(seg(1, 1).text("request"));
  peer.user.write("answer");
  peer.drain();
  peer.send(seg(8, 7));
  EXPECT_EQ(packets_held(), 0u);
  EXPECT_EQ(peer.worker.nodes.size(), 0u);
}

TEST_F(Bounds, TinySegments_ShareBuffers) {
  peer.user.reads = false;
  for (uint32_t i = 0; i < 4000; ++i) peer.send(seg(1 + i, 1).text("x"));
  peer.drain();
  EXPECT_EQ(peer.user.connection->readable().size(), 4000u);
  EXPECT_LE(packets_held(), 4u);
}

TEST_F(Bounds, TinyWrites_ShareBuffers) {
  peer.send(seg(1, 1).window(0));
  for (int i = 0; i < 4000; ++i) peer.user.write("x");
  peer.drain();
  EXPECT_LE(packets_held(), 4u);
}

// Two bytes a packet, as a peer makes them that sends its body in crumbs, must not hold a packet each.
TEST_F(Bounds, TinyPartsOfLargePackets_AreCopiedTogether) {
  peer.send(seg(1, 1).window(0));
  for (int i = 0; i < 1000; ++i) {
    SliceQueue whole = peer.worker.slices("12345678");
    const Slice packet = whole.take_front();
    SliceQueue parts(peer.worker.nodes);
    ASSERT_TRUE(parts.try_push(packet.sub(0, 1)) && parts.try_push(packet.sub(4, 1)));
    peer.user.connection->write(std::move(parts));
  }
  peer.drain();
  EXPECT_EQ(peer.user.connection->unacknowledged(), 2000u);
  EXPECT_LE(packets_held(), 4u);
}

// Charged by the buffers that are kept, not by the bytes in them.
TEST_F(Bounds, OutOfOrderCrumbs_AreBounded) {
  tcp::Settings settings;
  settings.receive_buffer_bytes = 32'768;
  TcpPeer other(settings);
  const uint32_t before = other.worker.packets->available();
  other.establish_passive();
  for (uint32_t i = 0; i < 2000; ++i) other.send(seg(3 + 2 * i, 1).text("x"));
  EXPECT_LE(before - other.worker.packets->available(), 2 * 32'768u / 2048);
  EXPECT_GT(other.counted(Counter::kTcpOutOfOrderFull), 1000u);
  other.drain();
  other.send(seg(1, 1).text("ab"));
  EXPECT_EQ(other.user.received.substr(0, 3), "abx");
}

TEST_F(Bounds, OverlappingOutOfOrderText_IsCutToWhatIsNew) {
  peer.send(seg(4, 1).text("DEF"));
  peer.send(seg(2, 1).text("bcde"));
  peer.send(seg(6, 1).text("fgh"));
  peer.send(seg(1, 1).text("A"));
  EXPECT_EQ(peer.user.received, "AbcDEFgh");
}

TEST_F(Bounds, TextBeyondTheWindow_IsCut) {
  peer.user.reads = false;
  peer.send(seg(65'530, 1).text("0123456789"));
  EXPECT_EQ(peer.counted(Counter::kTcpBeyondWindow), 1u);
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

// With no packet to send in, nothing breaks: the timers bring it later.
TEST_F(Bounds, EmptyPool_DelaysAndDoesNotBreak) {
  peer.user.write("important");
  std::vector<Packet> hoard;
  while (peer.worker.packets->available() > 0) hoard.push_back(peer.worker.packets->try_allocate());
  peer.expect_nothing_for(Duration::seconds(1));
  EXPECT_GT(peer.counted(Counter::kPacketPoolEmpty), 0u);
  hoard.clear();
  peer.worker.advance(Duration::seconds(3));
  EXPECT_EQ(peer.take().text, "important");
}

// Whoever comes while nothing is left is not answered; who is there already goes on as soon as one packet is free.
TEST_F(Bounds, EmptyPool_HarmsNobodyWhoIsThere) {
  const tcp::FourTuple established = peer.tuple;
  const uint32_t iss = peer.stack_iss;
  peer.tuple.remote.port = Port{7};
  peer.send(syn());
  peer.drain();
  std::vector<Packet> hoard;
  while (peer.worker.packets->available() > 0) hoard.push_back(peer.worker.packets->try_allocate());
  peer.expect_nothing_for(Duration::milliseconds(1500));  // the SYN-ACK is due again, and finds no packet
  EXPECT_EQ(peer.counted(Counter::kPacketPoolEmpty), 1u);
  hoard.pop_back();
  peer.tuple = established;
  peer.stack_iss = iss;
  peer.send(seg(1, 1).text("request"));
  EXPECT_EQ(peer.user.received, "request");
  peer.expect_after(Duration::milliseconds(40), seg(1, 8));
  hoard.clear();
  peer.worker.advance(Duration::seconds(2));
  EXPECT_TRUE(peer.take().header.flags.syn);
}

// A hundred connections that keep text ahead of a gap for ever: together they hold no more than the pool can spare.
TEST_F(Bounds, HoardersTogether_LeaveTheReserve) {
  for (uint16_t port = 1; port <= 100; ++port) {
    peer.tuple.remote.port = Port{port};
    peer.send(syn());
    peer.take();
    peer.send(seg(1, 1));
    for (uint32_t i = 0; i < 40; ++i) peer.send(seg(1002 + i * 1000, 1).text(std::string(999, 'x')));
    peer.drain();
    peer.worker.advance(Duration::milliseconds(1));
  }
  EXPECT_GE(peer.worker.packets->available(), total / 8 - 40);  // the pool is looked at every millisecond
  EXPECT_GT(peer.counted(Counter::kTcpOutOfOrderFull), 0u);
  peer.tuple.remote = TcpPeer::kRemote;
  peer.tuple.remote.port = Port{30'000};
  peer.send(syn());
  peer.take();
  peer.send(seg(1, 1).text("request"));
  EXPECT_EQ(peer.user.received.substr(0, 7), "request");
}

TEST_F(Bounds, FewPackets_DropWhatIsOutOfOrderFirst) {
  peer.send(seg(10, 1).text("kept while there is room"));
  EXPECT_EQ(packets_held(), 1u);
  std::vector<Packet> hoard;
  while (peer.worker.packets->available() > 400) hoard.push_back(peer.worker.packets->try_allocate());
  peer.worker.advance(Duration::milliseconds(1));
  peer.send(seg(100, 1).text("refused"));
  EXPECT_EQ(packets_held(), hoard.size());
  EXPECT_EQ(peer.counted(Counter::kTcpOutOfOrderFull), 1u);
}

// Slow readers must not hold what the others need.
TEST_F(Bounds, FewPackets_LeaveEachConnectionASmallShare) {
  std::vector<Packet> hoard;
  while (peer.worker.packets->available() > 400) hoard.push_back(peer.worker.packets->try_allocate());
  peer.worker.advance(Duration::milliseconds(1));
  EXPECT_EQ(peer.user.connection->room(), 16'384u);
  peer.user.write(std::string(16'384, 'x'));
  EXPECT_EQ(peer.user.connection->room(), 0u);
  hoard.clear();
  peer.worker.advance(Duration::milliseconds(1));
  EXPECT_GT(peer.user.connection->room(), 200'000u);
}

// A writer that had not filled its buffer finds it full when its share shrinks: it must hear when there is room again.
TEST_F(Bounds, WriterToldOfNoRoom_IsWokenAlthoughItFilledNothing) {
  constexpr uint32_t kText = 50'000;
  peer.user.write(std::string(kText, 'x'));
  std::vector<Packet> hoard;
  while (peer.worker.packets->available() > 400) hoard.push_back(peer.worker.packets->try_allocate());
  peer.worker.advance(Duration::milliseconds(1));
  EXPECT_EQ(peer.user.connection->room(), 0u);
  hoard.clear();
  peer.worker.advance(Duration::milliseconds(1));
  for (uint32_t acked = 1; acked < kText; acked += 1000) {
    peer.drain();
    peer.send(seg(1, acked + 1000));
  }
  EXPECT_EQ(peer.user.writable, 1);
}

TEST_F(Bounds, FewPackets_OpenNoLargeWindow) {
  peer.user.reads = false;
  for (uint32_t next = 1; next < 65'001; next += 1000) peer.send(seg(next, 1).text(std::string(1000, 'x')));
  peer.send(seg(65'001, 1).text(std::string(535, 'x')));
  peer.drain();
  std::vector<Packet> hoard;
  while (peer.worker.packets->available() > 400) hoard.push_back(peer.worker.packets->try_allocate());
  peer.worker.advance(Duration::milliseconds(50));
  peer.drain();
  peer.user.read();
  peer.expect(seg(1, 65'536).window(16'384));
}

// What is unread counts: together with what is offered it is no more than the share.
TEST_F(Bounds, FewPackets_OfferNoMoreThanTheShareAheadOfWhatIsUnread) {
  peer.user.reads = false;
  std::vector<Packet> hoard;
  while (peer.worker.packets->available() > 400) hoard.push_back(peer.worker.packets->try_allocate());
  peer.worker.advance(Duration::milliseconds(1));
  for (uint32_t next = 1; next < 65'001; next += 1000) peer.send(seg(next, 1).text(std::string(1000, 'x')));
  peer.drain();
  peer.send(seg(65'001, 1).text(std::string(535, 'x')));
  peer.drain();
  peer.send(seg(65'536, 1).text("beyond"));
  peer.expect(seg(1, 65'536).window(0));
}

TEST_F(Bounds, ConnectionsThatNeverSend_CostNoBuffers) {
  for (uint16_t port = 1; port <= 1000; ++port) {
    peer.tuple.remote.port = Port{port};
    peer.send(syn());
    peer.take();
    peer.send(seg(1, 1));
  }
  EXPECT_EQ(peer.stack->connections(), 1001u);
  EXPECT_EQ(packets_held(), 0u);
}

struct Malformed : testing::Test {
  void SetUp() override { peer.establish_passive(); }
  TcpPeer peer;
};

TEST_F(Malformed, ShortSegment_IsDroppedByName) {
  peer.send_raw("too short");
  EXPECT_EQ(peer.counted(Counter::kTcpBadChecksum) + peer.counted(Counter::kTcpBadHeader), 1u);
  peer.send_raw("");
  EXPECT_EQ(peer.counted(Counter::kTcpBadChecksum) + peer.counted(Counter::kTcpBadHeader), 2u);
}

TEST_F(Malformed, WrongChecksum_IsDroppedByName) {
  peer.send_raw(std::string(40, '\x50'));
  EXPECT_EQ(peer.counted(Counter::kTcpBadChecksum), 1u);
  peer.expect_nothing();
}

TEST_F(Malformed, SynWithFinOrRst_IsDroppedByName) {
  TestSegment s = syn().fin();
  peer.send(s);
  s = syn();
  s.flags.rst = true;
  peer.send(s);
  peer.expect_nothing();
  EXPECT_EQ(peer.counted(Counter::kTcpBadFlags), 2u);
}

// Our own end as the source would have us talk to ourselves.
TEST_F(Malformed, OurOwnEndAsSource_IsDroppedByName) {
  peer.tuple.remote = peer.tuple.local;
  peer.send(syn());
  peer.expect_nothing();
  EXPECT_EQ(peer.counted(Counter::kTcpBadTuple), 1u);
}

TEST_F(Malformed, PortZero_IsDroppedByName) {
  peer.tuple.remote.port = Port{0};
  peer.send(syn());
  peer.expect_nothing();
  EXPECT_EQ(peer.counted(Counter::kTcpBadTuple), 1u);
}

// RFC 9293 3.7.1: an MSS that would make a packet for every byte counts as a small, sane one.
TEST(MalformedMss, OfZero_IsRaised) {
  TcpPeer peer;
  peer.establish_passive(syn().mss(0));
  peer.user.write(std::string(200, 'x'));
  EXPECT_EQ(peer.take().text.size(), 88u);
  peer.drain();
}

}  // namespace
}  // namespace sluice::test
