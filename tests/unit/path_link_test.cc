// The emulated line of the measurements: figures made over it are no better than it is.
#include "path/link.h"

#include <gtest/gtest.h>

#include <array>

namespace sluice::path {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::array<std::byte, 1250> kFrame{};  // 10,000 bits: 50 us at 200 Mbit/s

LinkSettings settings() {
  return {.bits_per_second = 200'000'000, .delay = milliseconds(10), .queue_bytes = 5 * kFrame.size()};
}

TEST(PathLink, FrameArrives_WhenItIsOnTheLineAndTheDelayIsOver) {
  Link link(settings());
  link.on_frame(kFrame, Time{});
  EXPECT_EQ(link.next(), milliseconds(10) + microseconds(50));
  EXPECT_EQ(link.front(link.next() - Time{1}), nullptr);
  ASSERT_NE(link.front(link.next()), nullptr);
  EXPECT_EQ(link.front(link.next())->size(), kFrame.size());
}

TEST(PathLink, FramesThatComeTogether_LeaveAtTheRate) {
  Link link(settings());
  for (int i = 0; i < 3; ++i) link.on_frame(kFrame, Time{});
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(link.next(), milliseconds(10) + i * microseconds(50));
    link.pop();
  }
  EXPECT_EQ(link.next(), Time::max());
}

TEST(PathLink, FullQueue_Drops) {
  Link link(settings());
  for (int i = 0; i < 10; ++i) link.on_frame(kFrame, Time{});
  EXPECT_EQ(link.figures().overflowed, 4u);  // one on the line, five behind it
}

std::vector<int> losses(uint64_t seed) {
  LinkSettings lossy = settings();
  lossy.loss = 0.1;
  lossy.seed = seed;
  Link link(lossy);
  std::vector<int> lost;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t before = link.figures().lost;
    link.on_frame(kFrame, i * milliseconds(1));
    if (link.figures().lost > before) lost.push_back(i);
  }
  return lost;
}

TEST(PathLink, SameSeed_LosesTheSameFrames) {
  EXPECT_EQ(losses(7), losses(7));
  EXPECT_NE(losses(7), losses(8));
  EXPECT_NEAR(static_cast<double>(losses(7).size()), 100, 35);
}

}  // namespace
}  // namespace sluice::path
