// TcpStreams: streams over a stack, and who owns what when.
#include <gtest/gtest.h>

#include "stream/tcp_stream.h"
#include "support/tcp_peer.h"

namespace sluice::test {
namespace {

struct StreamUser final : stream::StreamEvents, stream::Acceptor {
  void on_accept(stream::Stream& s) override {
    stream = &s;
    ++accepted;
    if (aborts) return s.abort();
    s.set_events(this);
  }
  void on_connected() override { ++connected; }
  void on_writable() override {}
  void on_readable() override {
    received += text_of(stream->readable());
    const size_t n = stream->readable().size();
    stream->readable().clear();
    stream->consumed(n);
    if (closes_on_read) {
      stream->close();
      stream = nullptr;
    }
  }
  void on_closed(stream::CloseReason reason) override { closed = reason; }

  stream::Stream* stream = nullptr;
  bool aborts = false;
  bool closes_on_read = false;
  int accepted = 0;
  int connected = 0;
  std::string received;
  std::optional<stream::CloseReason> closed;
};

struct TcpStreamTest : testing::Test {
  void accept() {
    ASSERT_TRUE(streams.listen(TcpPeer::kLocal, user).ok());
    peer.send(syn());
    peer.take();
    peer.send(seg(1, 1));
  }

  TcpPeer peer;
  stream::TcpStreams streams{*peer.stack, 4};
  StreamUser user;
};

TEST_F(TcpStreamTest, Accepted_CarriesBytesBothWays) {
  accept();
  ASSERT_EQ(user.accepted, 1);
  EXPECT_EQ(user.stream->local(), TcpPeer::kLocal);
  EXPECT_EQ(user.stream->remote(), TcpPeer::kRemote);
  peer.send(seg(1, 1).text("request"));
  EXPECT_EQ(user.received, "request");
  EXPECT_TRUE(user.stream->write(peer.worker.slices("answer")));
  EXPECT_EQ(user.stream->unacknowledged(), 6u);
  peer.expect(seg(1, 8).text("answer"));
}

TEST_F(TcpStreamTest, AbortedInOnAccept_IsReset) {
  user.aborts = true;
  accept();
  EXPECT_EQ(user.accepted, 1);
  peer.expect(rst(1).ack(1));
  EXPECT_EQ(peer.stack->connections(), 0u);
}

TEST_F(TcpStreamTest, ClosedInAnEvent_EndsInOrder) {
  user.closes_on_read = true;
  accept();
  peer.send(seg(1, 1).text("bye").fin());
  peer.expect(seg(1, 5).fin());
  peer.send(seg(5, 2));
  EXPECT_FALSE(user.closed.has_value());
  EXPECT_EQ(peer.stack->connections(), 0u);
}

TEST_F(TcpStreamTest, MoreThanItsCapacity_AreRefused) {
  ASSERT_TRUE(streams.listen(TcpPeer::kLocal, user).ok());
  for (uint16_t port = 1; port <= 5; ++port) {
    peer.tuple.remote.port = Port{port};
    peer.send(syn());
    peer.take();
    peer.send(seg(1, 1));
  }
  EXPECT_EQ(user.accepted, 4);
  EXPECT_EQ(peer.stack->connections(), 4u);
}

TEST_F(TcpStreamTest, Connect_TellsHowItWent) {
  user.stream = streams.connect(TcpPeer::kRemote, user);
  ASSERT_NE(user.stream, nullptr);
  peer.tuple.local = user.stream->local();
  peer.take();
  peer.send(syn_ack());
  EXPECT_EQ(user.connected, 1);
  peer.send(rst(1));
  EXPECT_EQ(user.closed, stream::CloseReason::kReset);
}

TEST_F(TcpStreamTest, ConnectWithoutARoute_GivesNothing) {
  peer.output.source = std::nullopt;
  EXPECT_EQ(streams.connect(TcpPeer::kRemote, user), nullptr);
  EXPECT_EQ(peer.counted(Counter::kTcpNoRoute), 1u);
}

TEST_F(TcpStreamTest, StoppedListening_RefusesNewStreamsAndKeepsOldOnes) {
  accept();
  peer.drain();
  streams.stop_listening(TcpPeer::kLocal);
  peer.send(seg(1, 1).text("still here"));
  EXPECT_EQ(user.received, "still here");
  peer.drain();
  peer.tuple.remote.port = Port{9};
  peer.send(syn());
  EXPECT_TRUE(peer.take().header.flags.rst);
}

}  // namespace
}  // namespace sluice::test
