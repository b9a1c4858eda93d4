// Whom a starved worker lets go: connections that keep packets and make no use of them (docs/tcp.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

constexpr uint32_t kPackets = 1024;
constexpr uint32_t kCritical = kPackets / 16;

// Takes each connection and lets it be.
struct Crowd final : tcp::AcceptHandler {
  tcp::ConnectionEvents* on_accept(tcp::Connection& c) override {
    users.push_back(std::make_unique<TcpUser>(*worker));
    users.back()->connection = &c;
    users.back()->reads = reads;
    return users.back().get();
  }
  size_t closed() const {
    return static_cast<size_t>(std::count_if(users.begin(), users.end(), [](const auto& u) { return u->closed; }));
  }

  TestWorker* worker = nullptr;
  bool reads = true;
  std::vector<std::unique_ptr<TcpUser>> users;
};

struct Shedding : testing::Test {
  Shedding() : peer({}, 1, kPackets) { crowd.worker = &peer.worker; }
  void SetUp() override {
    peer.establish_passive(syn().mss(1460));
    ASSERT_TRUE(peer.stack->listen({IpAddress::v4(0), Port{81}}, crowd).ok());
  }

  // Speaks for another connection of the crowd until good_one().
  void join(uint16_t port) {
    peer.tuple = {.local = {TcpPeer::kLocal.address, Port{81}}, .remote = {TcpPeer::kRemote.address, Port{port}}};
    peer.send(syn().mss(1460));
    if (peer.output.sent.empty()) return;
    peer.take();
    peer.send(seg(1, 1));
    peer.drain();
  }
  void good_one() {
    peer.tuple = {TcpPeer::kLocal, TcpPeer::kRemote};
    peer.stack_iss = good_iss;
  }
  // A request and its answer, as on a connection that is fine; false when something was lost.
  bool exchange() {
    good_one();
    peer.drain();
    peer.user.received.clear();
    peer.send(seg(good_next, good_acked).text("request"));
    if (peer.user.connection == nullptr || peer.user.received != "request") return false;
    peer.user.write(std::string(3000, 'a'));
    peer.worker.run_tasks();
    size_t bytes = 0;
    for (const SentSegment& s : peer.output.sent) bytes += s.text.size();
    good_next += 7;
    good_acked += 3000;
    peer.send(seg(good_next, good_acked));
    peer.drain();
    return bytes == 3000;
  }
  // Slow readers come until new ones are turned away; each lets us queue what we may.
  void fill_with_slow_readers() {
    for (uint16_t port = 1000; port < 2000 && peer.counted(Counter::kTcpSynShed) == 0; ++port) {
      join(port);
      if (crowd.users.empty() || crowd.users.back()->connection == nullptr) continue;
      TcpUser& user = *crowd.users.back();
      if (peer.counted(Counter::kTcpSynShed) == 0) peer.send(seg(1, 1).window(0));
      while (user.connection->room() > 0 && peer.worker.packets->available() > 0) {
        user.write(std::string(std::min<size_t>(user.connection->room(), 2000), 'x'));
      }
      peer.drain();
      peer.worker.advance(Duration::milliseconds(1));
    }
    ASSERT_GT(peer.counted(Counter::kTcpSynShed), 0u);
  }

  TcpPeer peer;
  Crowd crowd;
  uint32_t good_iss = 0;
  uint32_t good_next = 1;
  uint32_t good_acked = 1;
};

TEST_F(Shedding, SlowReaders_MakeRoomAndWhoIsFineGoesOn) {
  good_iss = peer.stack_iss;
  fill_with_slow_readers();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(exchange()) << "exchange " << i << ", packets left " << peer.worker.packets->available();
    peer.worker.advance(Duration::milliseconds(100));
  }
  EXPECT_GE(peer.worker.packets->available(), kCritical);
  EXPECT_EQ(peer.counted(Counter::kTcpConnectionsShed), crowd.closed());
  EXPECT_GT(crowd.closed(), 0u);
  EXPECT_LT(crowd.closed(), crowd.users.size()) << "no more are shed than need be";
  for (const auto& user : crowd.users) {
    if (user->closed) {
      EXPECT_EQ(*user->closed, tcp::CloseReason::kAborted);
    }
  }
  join(3000);
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

// The peer is told, so that it does not wait for us.
TEST_F(Shedding, WhoIsShed_IsReset) {
  good_iss = peer.stack_iss;
  fill_with_slow_readers();
  peer.drain();
  peer.worker.advance(Duration::milliseconds(2500));
  ASSERT_GT(peer.counted(Counter::kTcpConnectionsShed), 0u);
  size_t resets = 0;
  for (const SentSegment& s : peer.output.sent) resets += s.header.flags.rst ? 1 : 0;
  EXPECT_EQ(resets, peer.counted(Counter::kTcpConnectionsShed));
  peer.drain();
}

// A window that was offered in better times is not a promise to keep what nobody reads.
TEST_F(Shedding, TextThatNobodyReads_LeavesTheReserve) {
  good_iss = peer.stack_iss;
  crowd.reads = false;
  std::vector<uint32_t> next(40, 1);
  std::vector<uint32_t> iss(40);
  for (uint16_t i = 0; i < 40; ++i) {
    join(static_cast<uint16_t>(1000 + i));
    iss[i] = peer.stack_iss;
  }
  for (int turn = 0; turn < 60; ++turn) {
    for (uint16_t i = 0; i < 40; ++i) {
      peer.tuple = {.local = {TcpPeer::kLocal.address, Port{81}},
                    .remote = {TcpPeer::kRemote.address, Port{static_cast<uint16_t>(1000 + i)}}};
      peer.stack_iss = iss[i];
      peer.send(seg(next[i], 1).text(std::string(1000, 'x')));
      next[i] += 1000;
    }
    peer.drain();
    peer.worker.advance(Duration::milliseconds(1));
    ASSERT_GT(peer.worker.packets->available(), 0u) << turn;
  }
  EXPECT_GT(peer.counted(Counter::kTcpTextShed), 0u);
  ASSERT_TRUE(exchange());
  peer.worker.advance(Duration::seconds(5));
  EXPECT_GE(peer.worker.packets->available(), kCritical);
  EXPECT_TRUE(exchange());
}

// Packets may be gone for a while before anybody is seen to hold some: nobody has had his chance yet.
TEST_F(Shedding, RoundsThatFoundNobody_MakeNobodyTooSlow) {
  std::vector<Packet> gone;
  while (peer.worker.packets->available() >= kCritical / 2) gone.push_back(peer.worker.packets->try_allocate());
  for (int i = 0; i < 40; ++i) (void)peer.user.connection->room();  // somebody asks, and it is found out
  peer.worker.advance(Duration::milliseconds(100));
  peer.user.write(std::string(4000, 'x'));
  peer.drain();
  peer.worker.advance(Duration::milliseconds(500));
  peer.send(seg(1, 1 + 3000));
  peer.worker.advance(Duration::milliseconds(1600));
  EXPECT_EQ(peer.counted(Counter::kTcpConnectionsShed), 0u);
  EXPECT_FALSE(peer.user.closed);
  peer.drain();
}

// Frames that another worker hands over stay in that worker's packets.
TEST_F(Shedding, PacketsThatRunOutInAPoolThatIsSharedBehindAQueue_TurnNewOnesAway) {
  Counters counters;
  const auto other = PacketPool::in_memory(kPackets, counters);
  peer.worker.packets->also_lives_on(*other);
  std::vector<Packet> gone;
  while (other->available() >= kCritical / 2) gone.push_back(other->try_allocate());
  peer.worker.advance(Duration::milliseconds(2));
  join(1000);
  EXPECT_EQ(peer.counted(Counter::kTcpSynShed), 1u);
  gone.clear();
  peer.worker.advance(Duration::milliseconds(20));
  join(1001);
  EXPECT_EQ(peer.counted(Counter::kTcpSynShed), 1u);
  EXPECT_TRUE(peer.in_state("ESTABLISHED"));
}

// Text ahead of a gap that nobody fills is given up before anybody is reset.
TEST_F(Shedding, StaleGaps_AreForgottenWithoutHarm) {
  good_iss = peer.stack_iss;
  for (uint16_t port = 1000; port < 1060; ++port) {
    join(port);
    for (uint32_t i = 0; i < 40; ++i) peer.send(seg(1002 + i * 1000, 1).text(std::string(999, 'x')));
    peer.drain();
    peer.worker.advance(Duration::milliseconds(1));
  }
  EXPECT_LT(peer.worker.packets->available(), kPackets / 8 + 40);
  peer.worker.advance(Duration::seconds(3));
  peer.drain();
  EXPECT_GT(peer.worker.packets->available(), kPackets / 8);
  EXPECT_EQ(peer.counted(Counter::kTcpConnectionsShed), 0u);
}

}  // namespace
}  // namespace sluice::test
