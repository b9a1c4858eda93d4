// TIME-WAIT: RFC 9293 3.6, RFC 1337, RFC 6191.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

void end_in_time_wait(TcpPeer& peer, const TestSegment& options = syn().mss(1460)) {
  const auto stamp = [&](TestSegment s) {
    return options.options.timestamps ? s.timestamps(options.options.timestamps->tsval, 0) : s;
  };
  peer.establish_passive(options);
  peer.user.connection->shutdown_write();
  peer.expect(seg(1, 1).fin());
  peer.send(stamp(seg(1, 2).fin()));
  peer.expect(seg(2, 2));
  ASSERT_TRUE(peer.in_state("TIME-WAIT"));
}

struct TimeWait : testing::Test {
  void SetUp() override { end_in_time_wait(peer); }
  TcpPeer peer;
};

// A bug others shipped: no timer ends it.
TEST_F(TimeWait, EndsAfterItsTime) {
  peer.worker.advance(Duration::seconds(59));
  EXPECT_EQ(peer.stack->time_wait(), 1u);
  peer.worker.advance(Duration::milliseconds(1002));
  EXPECT_EQ(peer.stack->time_wait(), 0u);
  EXPECT_TRUE(peer.in_state("CLOSED"));
}

// RFC 9293 3.10.7.4, eighth step.
TEST_F(TimeWait, RepeatedFin_IsAnsweredAndBeginsTheTimeAnew) {
  peer.worker.advance(Duration::seconds(50));
  peer.send(seg(1, 2).fin());
  peer.expect(seg(2, 2));
  peer.worker.advance(Duration::seconds(50));
  EXPECT_EQ(peer.stack->time_wait(), 1u);
  peer.worker.advance(Duration::seconds(11));
  EXPECT_EQ(peer.stack->time_wait(), 0u);
}

// RFC 9293 3.10.7.4, eighth step: anew is once more the same time, whatever else has begun to wait since.
TEST_F(TimeWait, RepeatedFin_LengthensTheTimeByNoMore) {
  peer.worker.advance(Duration::seconds(1));
  peer.send(seg(1, 2).fin());
  peer.expect(seg(2, 2));
  const tcp::FourTuple restarted = peer.tuple;
  peer.worker.advance(Duration::milliseconds(58'500));
  peer.tuple.remote.port = Port{1};
  peer.send(syn());
  peer.take();
  peer.send(seg(1, 1));
  peer.user.connection->shutdown_write();
  peer.drain();
  peer.send(seg(1, 2).fin());
  peer.drain();
  EXPECT_EQ(peer.stack->time_wait(), 2u);
  peer.tuple = restarted;
  peer.worker.advance(Duration::milliseconds(1'502));
  EXPECT_TRUE(peer.in_state("CLOSED"));
  EXPECT_EQ(peer.stack->time_wait(), 1u);
}

// RFC 1337 3.
TEST_F(TimeWait, Reset_IsIgnored) {
  peer.send(rst(2));
  peer.expect_nothing();
  EXPECT_TRUE(peer.in_state("TIME-WAIT"));
  EXPECT_EQ(peer.counted(Counter::kTcpResetInTimeWait), 1u);
}

TEST_F(TimeWait, LastAcknowledgementAgain_IsSilent) {
  peer.send(seg(2, 2));
  peer.expect_nothing();
}

// RFC 9293 3.10.7.4, fourth step; RFC 6191 2.
TEST_F(TimeWait, LaterSyn_OpensANewConnection) {
  const uint32_t old_iss = peer.stack_iss;
  peer.peer_iss += 100;
  peer.send(syn());
  peer.expect(syn_ack());
  EXPECT_GT(static_cast<int32_t>(peer.stack_iss - (old_iss + 2)), 0);
  peer.send(seg(1, 1));
  EXPECT_EQ(peer.user.accepted, 2);
  EXPECT_EQ(peer.stack->time_wait(), 0u);
}

// Whether packets have run out is looked at now and then: whichever question finds it out, the SYN is either answered
// or leaves the wait as it was.
TEST(TimeWaitWithoutPackets, LaterSyn_OpensOrLeavesTheWait) {
  for (int questions = 0; questions < 32; ++questions) {
    TcpPeer peer({}, 1, 256);
    end_in_time_wait(peer);
    const auto entry = peer.tuple;
    for (int i = 0; i < questions; ++i) {
      ++peer.tuple.remote.port.value;
      peer.send(syn());
    }
    peer.drain();
    std::vector<Packet> gone;
    while (peer.worker.packets->available() > 8) gone.push_back(peer.worker.packets->try_allocate());
    peer.tuple = entry;
    peer.peer_iss += 100;
    const uint64_t shed = peer.counted(Counter::kTcpSynShed);
    peer.send(syn());
    const bool answered = peer.counted(Counter::kTcpSynShed) == shed;
    EXPECT_EQ(peer.counted(Counter::kTcpTimeWaitReused), answered ? 1u : 0u) << questions;
    EXPECT_EQ(peer.stack->time_wait(), answered ? 0u : 1u) << questions;
    peer.drain();
  }
}

// RFC 1122 4.2.2.13 (b), RFC 6191 2: the number of the new connection has to lie above those of the old one, which that
// of a cookie need not.
TEST(TimeWaitAndNoBacklog, LaterSyn_LeavesTheWaitUntilThereIsRoom) {
  tcp::Settings settings;
  settings.max_half_open = 1;
  TcpPeer peer(settings);
  end_in_time_wait(peer);
  const tcp::FourTuple waits = peer.tuple;
  ++peer.tuple.remote.port.value;
  peer.send(syn());
  peer.drain();
  const tcp::FourTuple half_open = std::exchange(peer.tuple, waits);
  peer.peer_iss += 100;
  const uint32_t old_iss = peer.stack_iss;
  peer.send(syn());
  peer.expect_nothing();
  EXPECT_TRUE(peer.in_state("TIME-WAIT"));
  EXPECT_EQ(peer.counted(Counter::kTcpSynCookiesSent), 0u);
  peer.tuple = half_open;
  peer.peer_iss -= 100;
  peer.send(rst(1));
  peer.drain();
  peer.tuple = waits;
  peer.peer_iss += 100;
  peer.send(syn());
  peer.expect(syn_ack());
  EXPECT_GT(static_cast<int32_t>(peer.stack_iss - (old_iss + 2)), 0);
}

TEST(TimeWaitBound, NoRoomAtAll_LetsGoAtOnce) {
  tcp::Settings settings;
  settings.max_time_wait = 0;
  TcpPeer peer(settings);
  peer.establish_passive();
  peer.user.connection->shutdown_write();
  peer.take();
  peer.send(seg(1, 2).fin());
  peer.expect(seg(2, 2));
  EXPECT_TRUE(peer.in_state("CLOSED"));
  EXPECT_EQ(peer.stack->time_wait(), 0u);
  EXPECT_EQ(peer.counted(Counter::kTcpTimeWaitRecycled), 1u);
}

TEST_F(TimeWait, EarlierSyn_IsAnOldDuplicate) {
  peer.peer_iss -= 100;
  peer.send(syn());
  const SentSegment answer = peer.take();
  EXPECT_FALSE(answer.header.flags.syn);
  EXPECT_TRUE(peer.in_state("TIME-WAIT"));
}

// RFC 6191 2: timestamps decide before sequence numbers.
TEST(TimeWaitTimestamps, NewerTimestamp_OpensWhateverTheSequenceNumber) {
  TcpPeer peer;
  end_in_time_wait(peer, syn().mss(1460).timestamps(1000, 0));
  peer.peer_iss -= 100;
  peer.send(syn().timestamps(1001, 0));
  EXPECT_TRUE(peer.take().header.flags.syn);
}

TEST(TimeWaitTimestamps, OlderTimestamp_DoesNotOpen) {
  TcpPeer peer;
  end_in_time_wait(peer, syn().mss(1460).timestamps(1000, 0));
  peer.peer_iss += 100;
  peer.send(syn().timestamps(999, 0));
  EXPECT_FALSE(peer.take().header.flags.syn);
  EXPECT_TRUE(peer.in_state("TIME-WAIT"));
}

// The only source port there is rests: a connect takes it over once the peer can tell old from new.
struct ActiveReuse : testing::Test {
  static tcp::Settings one_port() {
    tcp::Settings settings;
    settings.first_source_port = settings.last_source_port = Port{40'000};
    return settings;
  }
  void end_with(const TestSegment& answer) {
    const bool stamped = answer.options.timestamps.has_value();
    const auto stamp = [&](TestSegment s) { return stamped ? s.timestamps(1, 0) : s; };
    peer.begin_connect();
    peer.send(answer);
    peer.user.connection->shutdown_write();
    peer.drain();
    peer.send(stamp(seg(1, 2).fin()));
    peer.drain();
    ASSERT_TRUE(peer.in_state("TIME-WAIT"));
  }
  bool can_connect() { return peer.stack->connect(TcpPeer::kRemote, peer.user).ok(); }

  TcpPeer peer{one_port()};
};

TEST_F(ActiveReuse, WithTimestamps_AfterASecond) {
  end_with(syn_ack().mss(1460).timestamps(1, 0));
  EXPECT_FALSE(can_connect());
  EXPECT_EQ(peer.counted(Counter::kTcpPortsExhausted), 1u);
  peer.worker.advance(Duration::milliseconds(1001));
  const uint32_t old_iss = peer.stack_iss;
  peer.begin_connect();
  EXPECT_GT(static_cast<int32_t>(peer.stack_iss - (old_iss + 2)), 0);
  EXPECT_EQ(peer.stack->time_wait(), 0u);
  EXPECT_EQ(peer.counted(Counter::kTcpTimeWaitReused), 1u);
}

TEST_F(ActiveReuse, WithoutTimestamps_NotBeforeItsEnd) {
  end_with(syn_ack().mss(1460));
  peer.worker.advance(Duration::seconds(59));
  EXPECT_FALSE(can_connect());
  peer.worker.advance(Duration::seconds(2));
  EXPECT_TRUE(can_connect());
}

TEST(TimeWaitBound, FullTable_RecyclesTheOldest) {
  tcp::Settings settings;
  settings.max_time_wait = 2;
  TcpPeer peer(settings);
  ASSERT_TRUE(peer.stack->listen(TcpPeer::kLocal, peer.user).ok());
  for (uint16_t port = 1; port <= 3; ++port) {
    peer.tuple.remote.port = Port{port};
    peer.send(syn());
    peer.take();
    peer.send(seg(1, 1));
    peer.user.connection->shutdown_write();
    peer.drain();
    peer.send(seg(1, 2).fin());
    peer.drain();
  }
  EXPECT_EQ(peer.stack->time_wait(), 2u);
  EXPECT_EQ(peer.counted(Counter::kTcpTimeWaitRecycled), 1u);
  EXPECT_TRUE(peer.in_state("TIME-WAIT"));
  peer.tuple.remote.port = Port{1};
  EXPECT_TRUE(peer.in_state("CLOSED"));
  peer.worker.advance(Duration::seconds(61));
  EXPECT_EQ(peer.stack->time_wait(), 0u);
}

// RFC 7323 5.3, R1: an old duplicate of the FIN is acknowledged, and does not lengthen the wait.
TEST(TimeWaitTimestamps, OlderFin_BeginsNothingAnew) {
  TcpPeer peer;
  end_in_time_wait(peer, syn().mss(1460).timestamps(1000, 0));
  peer.worker.advance(Duration::seconds(50));
  peer.send(seg(1, 2).fin().timestamps(999, 0));
  peer.expect(seg(2, 2));
  EXPECT_EQ(peer.counted(Counter::kTcpPaws), 1u);
  peer.worker.advance(Duration::seconds(11));
  EXPECT_EQ(peer.stack->time_wait(), 0u);
}

// RFC 6191 2: the SYN's timestamp is compared with the last one that was seen, in TIME-WAIT, too.
TEST(TimeWaitTimestamps, NewerFin_MovesWhatASynMustExceed) {
  TcpPeer peer;
  end_in_time_wait(peer, syn().mss(1460).timestamps(1000, 0));
  peer.send(seg(1, 2).fin().timestamps(3000, 0));
  EXPECT_EQ(peer.take().header.options.timestamps->tsecr, 3000u);
  peer.send(TestSegment{.seq_number = 100, .flags = {.syn = true}}.timestamps(2000, 0));
  EXPECT_FALSE(peer.take().header.flags.syn);
  EXPECT_TRUE(peer.in_state("TIME-WAIT"));
}

// Only the one right number counts: a guess must not keep a new connection out.
TEST(TimeWaitTimestamps, NewerOneElsewhere_MovesNothing) {
  TcpPeer peer;
  end_in_time_wait(peer, syn().mss(1460).timestamps(1000, 0));
  peer.send(seg(500, 2).text("guess").timestamps(3000, 0));
  EXPECT_EQ(peer.take().header.options.timestamps->tsecr, 1000u);
}

// RFC 6191 2: old segments carry no timestamp, so the new connection would tell them apart.
TEST_F(TimeWait, SynWithTimestampsAfterNone_OpensWhateverTheSequenceNumber) {
  peer.peer_iss -= 100;
  peer.send(syn().timestamps(1, 0));
  EXPECT_TRUE(peer.take().header.flags.syn);
}

}  // namespace
}  // namespace sluice::test
