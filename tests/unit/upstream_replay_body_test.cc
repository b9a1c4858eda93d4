#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/test_worker.h"
#include "upstream/replay_body.h"

namespace sluice::upstream {
namespace {

class Source final : public http::BodySource {
 public:
  explicit Source(test::TestWorker& worker) : arena_(worker.blocks), trailers_(arena_), body_(worker.nodes) {}
  SliceQueue& body() override { return body_; }
  void consumed(size_t bytes) override { consumed_ += bytes; }
  bool body_complete() const override { return complete_; }
  const http::HeaderMap& trailers() const override { return trailers_; }

  Arena arena_;
  http::HeaderMap trailers_;
  SliceQueue body_;
  size_t consumed_ = 0;
  bool complete_ = false;
};

class ReplayBodyTest : public ::testing::Test {
 protected:
  void arrive(std::string_view text) {
    SliceQueue bytes = worker_.slices(text);
    source_.body_.splice(bytes);
  }
  std::string take(size_t limit) {
    auto bytes = body_.take(limit);
    return bytes ? test::text_of(*bytes) : "out of memory";
  }

  test::TestWorker worker_;
  Source source_{worker_};
  ReplayBody body_{*worker_.packets, worker_.nodes};
};

TEST_F(ReplayBodyTest, Take_PassesOnAndReportsWhatItTook) {
  body_.start(source_, 100);
  arrive("hello");
  EXPECT_EQ(take(2), "he");
  EXPECT_EQ(source_.consumed_, 2u);
  EXPECT_EQ(take(100), "llo");
  EXPECT_EQ(body_.taken(), 5u);
}

TEST_F(ReplayBodyTest, Restart_SendsKeptBytesThenFreshOnes) {
  body_.start(source_, 100);
  arrive("hello");
  EXPECT_EQ(take(4), "hell");
  ASSERT_TRUE(body_.can_restart());
  ASSERT_TRUE(body_.restart());
  EXPECT_EQ(body_.pending(), 5u);
  EXPECT_EQ(take(3), "hel");
  EXPECT_EQ(take(100), "l");
  EXPECT_EQ(take(100), "o");
  EXPECT_EQ(body_.pending(), 0u);
  ASSERT_TRUE(body_.restart());
  EXPECT_EQ(take(100), "hello");
  EXPECT_EQ(source_.consumed_, 5u);
}

TEST_F(ReplayBodyTest, BodyLongerThanTheLimit_CannotRestart) {
  body_.start(source_, 4);
  arrive("hello");
  EXPECT_EQ(take(4), "hell");
  EXPECT_TRUE(body_.can_restart());
  EXPECT_EQ(take(4), "o");
  EXPECT_FALSE(body_.can_restart());
}

TEST_F(ReplayBodyTest, SmallSlices_AreCopiedTogether) {
  body_.start(source_, 8192);
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(10, static_cast<char>('a' + i % 26));
    arrive(piece);
    EXPECT_EQ(take(10), piece);
    all += piece;
  }
  EXPECT_EQ(worker_.packets->available(), 4095u);
  ASSERT_TRUE(body_.restart());
  EXPECT_EQ(take(1000), all);
}

// What is on its way again stands where it stood when more arrives.
TEST_F(ReplayBodyTest, SmallSlicesBehindARestart_FollowTheKeptOnes) {
  body_.start(source_, 8192);
  arrive("one");
  take(3);
  ASSERT_TRUE(body_.restart());
  EXPECT_EQ(take(3), "one");
  arrive("two");
  take(3);
  ASSERT_TRUE(body_.restart());
  EXPECT_EQ(take(6), "onetwo");
}

// While what was passed on is not sent yet, nothing can be copied behind it.
TEST_F(ReplayBodyTest, SlicesThatHoldTooMuchMemory_AreNotHoarded) {
  body_.start(source_, 8192);
  std::vector<SliceQueue> on_the_way;
  for (int i = 0; i < 12; ++i) {
    arrive(std::string(600, 'x'));
    on_the_way.push_back(std::move(*body_.take(600)));
    arrive("y");
    take(1);
  }
  EXPECT_FALSE(body_.can_restart());
  on_the_way.clear();
  EXPECT_EQ(worker_.packets->available(), 4096u);
}

TEST_F(ReplayBodyTest, BodyThatGoesOnWhilePacketsAreScarce_IsNotKept) {
  body_.start(source_, 8192);
  arrive(std::string(1000, 'x'));
  take(1000);
  ASSERT_TRUE(body_.can_restart());
  std::vector<Packet> gone;
  while (worker_.packets->available() > 4096 / 16) gone.push_back(worker_.packets->try_allocate());
  for (int i = 0; i < 32; ++i) {
    arrive("x");
    EXPECT_EQ(take(1), "x");
  }
  EXPECT_FALSE(body_.can_restart());
  EXPECT_EQ(worker_.packets->available(), 4096u / 16 + 1) << "what was kept has been given back";
}

TEST_F(ReplayBodyTest, NothingTakenYet_CanAlwaysRestart) {
  body_.start(source_, 0);
  arrive("hello");
  body_.forget();
  EXPECT_TRUE(body_.can_restart());
}

TEST_F(ReplayBodyTest, Clear_GivesEveryPacketBack) {
  body_.start(source_, 100);
  arrive("hello");
  take(5);
  ASSERT_TRUE(body_.restart());
  body_.clear();
  EXPECT_EQ(worker_.packets->available(), 4096u);
  EXPECT_EQ(worker_.nodes.size(), 0u);
}

}  // namespace
}  // namespace sluice::upstream
