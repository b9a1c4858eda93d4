// A steady TCP transfer takes nothing from the heap, whatever the path loses.
#include <gtest/gtest.h>

#include "heap/cable.h"
#include "heap/heap_watch.h"

namespace sluice::heap {
namespace {

constexpr IpAddress kServer = IpAddress::v4(0xC6120001);
constexpr IpAddress kClient = IpAddress::v4(0xC6120002);
constexpr Port kPort{80};

// Takes whatever comes.
class Sink final : public tcp::ConnectionEvents, public tcp::AcceptHandler {
 public:
  tcp::ConnectionEvents* on_accept(tcp::Connection& connection) override {
    connection_ = &connection;
    return this;
  }
  void on_connected() override {}
  void on_readable() override {
    const size_t n = connection_->readable().size();
    connection_->readable().clear();
    connection_->consumed(n);
    received += n;
  }
  void on_writable() override {}
  void on_closed(tcp::CloseReason) override { connection_ = nullptr; }

  uint64_t received = 0;

 private:
  tcp::Connection* connection_ = nullptr;
};

// Writes as long as there is room.
class Source final : public tcp::ConnectionEvents {
 public:
  explicit Source(test::TestWorker& worker) : worker_(worker) {}

  void begin(tcp::Connection& connection) { connection_ = &connection; }
  void on_connected() override { write(); }
  void on_readable() override {}
  void on_writable() override { write(); }
  void on_closed(tcp::CloseReason) override { connection_ = nullptr; }

 private:
  void write() {
    while (connection_->room() > 0) {
      Packet packet = worker_.packets->try_allocate();
      if (!packet) return;
      const size_t n = std::min<size_t>(connection_->room(), PacketPool::kDataRoom);
      std::memset(packet.append(n).data(), 'x', n);
      SliceQueue bytes(worker_.nodes);
      if (bytes.try_push(Slice(std::move(packet)))) connection_->write(std::move(bytes));
    }
  }

  test::TestWorker& worker_;
  tcp::Connection* connection_ = nullptr;
};

struct Transfer : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(server.listen({kServer, kPort}, sink).ok());
    source.begin(*client.connect({kServer, kPort}, source).value());
  }
  void carry(uint64_t bytes) {
    const uint64_t end = sink.received + bytes;
    const Instant limit = worker.clock.now() + Duration::seconds(600);
    while (sink.received < end && worker.clock.now() < limit) cable.run_for(1);
    ASSERT_GE(sink.received, end);
  }

  test::TestWorker worker;
  Cable cable{worker};
  tcp::Stack& server = cable.add_host(kServer);
  tcp::Stack& client = cable.add_host(kClient);
  Sink sink;
  Source source{worker};
};

TEST_F(Transfer, WithoutLoss_TakesNothingFromTheHeap) {
  carry(1'000'000);
  EXPECT_EQ(allocations([this] { carry(4'000'000); }), 0u);
}

TEST_F(Transfer, WithLoss_TakesNothingFromTheHeap) {
  cable.lose_every(50);
  carry(2'000'000);
  EXPECT_EQ(allocations([this] { carry(4'000'000); }), 0u);
  EXPECT_GT(cable.lost(), 20u);
  EXPECT_GT(worker.counted(Counter::kTcpSegmentsRetransmitted), 20u);
}

}  // namespace
}  // namespace sluice::heap
