// The in-memory stream that other rooms' tests stand on behaves as stream.h says.
#include <gtest/gtest.h>

#include <vector>

#include "support/memory_stream.h"
#include "support/test_worker.h"

namespace sluice::test {
namespace {

struct RecordedEvents final : stream::StreamEvents {
  void on_readable() override { ++readable; }
  void on_writable() override { ++writable; }
  void on_closed(stream::CloseReason reason) override { closed.push_back(reason); }
  int readable = 0;
  int writable = 0;
  std::vector<stream::CloseReason> closed;
};

struct MemoryStreamTest : testing::Test {
  MemoryStreamTest() {
    pair.server().set_events(&server);
    pair.client().set_events(&client);
  }
  static void read_all(MemoryStream& stream) {
    const size_t n = stream.readable().size();
    stream.readable().clear();
    stream.consumed(n);
  }

  TestWorker worker;
  MemoryStreamPair pair{worker.context, worker.nodes, 10};
  RecordedEvents server, client;
};

TEST_F(MemoryStreamTest, Write_ArrivesFromTheTaskQueueOnly) {
  ASSERT_TRUE(pair.client().write(worker.slices("hello")));
  EXPECT_EQ(server.readable, 0);
  worker.run_tasks();
  EXPECT_EQ(server.readable, 1);
  EXPECT_EQ(text_of(pair.server().readable()), "hello");
}

TEST_F(MemoryStreamTest, FullRoom_OpensWhenThePeerConsumes) {
  ASSERT_TRUE(pair.client().write(worker.slices("0123456789")));
  worker.run_tasks();
  EXPECT_EQ(pair.client().room(), 0u);
  EXPECT_EQ(client.writable, 0);
  read_all(pair.server());
  worker.run_tasks();
  EXPECT_EQ(pair.client().room(), 10u);
  EXPECT_EQ(client.writable, 1);
}

TEST_F(MemoryStreamTest, BothEnds_CloseInOrderAfterEverythingWasRead) {
  ASSERT_TRUE(pair.client().write(worker.slices("last")));
  pair.client().shutdown_write();
  pair.server().shutdown_write();
  worker.run_tasks();
  EXPECT_TRUE(pair.server().end_of_stream());
  EXPECT_TRUE(server.closed.empty());
  read_all(pair.server());
  worker.run_tasks();
  EXPECT_EQ(server.closed, std::vector{stream::CloseReason::kFinished});
  EXPECT_EQ(client.closed, std::vector{stream::CloseReason::kFinished});
}

TEST_F(MemoryStreamTest, Abort_ResetsThePeerAndSilencesThisEnd) {
  pair.client().abort();
  worker.run_tasks();
  EXPECT_EQ(server.closed, std::vector{stream::CloseReason::kReset});
  EXPECT_TRUE(client.closed.empty());
}

TEST_F(MemoryStreamTest, Close_DiscardsWhatStillArrives) {
  pair.client().close();
  ASSERT_TRUE(pair.server().write(worker.slices("too late")));
  worker.run_tasks();
  EXPECT_TRUE(pair.client().readable().empty());
  EXPECT_TRUE(pair.server().end_of_stream());
  EXPECT_TRUE(client.closed.empty());
}

}  // namespace
}  // namespace sluice::test
