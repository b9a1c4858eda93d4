#include "tcp/buffer_tuning.h"

#include <gtest/gtest.h>

namespace sluice::tcp {
namespace {

constexpr uint32_t kMost = 4 * 1024 * 1024;
constexpr Duration kRoundTrip = Duration::milliseconds(20);
constexpr Instant kStart = Instant{} + Duration::seconds(1);

TEST(BufferTuning, SendBuffer_IsTwoCongestionWindowsWithinItsBounds) {
  EXPECT_EQ(send_buffer_for(14'600, kMost), kFirstBufferBytes);
  EXPECT_EQ(send_buffer_for(1'000'000, kMost), 2'000'000u);
  EXPECT_EQ(send_buffer_for(3'000'000, kMost), kMost);
  EXPECT_EQ(send_buffer_for(UINT32_MAX, kMost), kMost);
}

TEST(BufferTuning, SendBuffer_IsNeverMoreThanTheSetting) {
  EXPECT_EQ(send_buffer_for(14'600, 7'000), 7'000u);
}

TEST(BufferTuning, Receive_NeedsTwiceWhatIsReadInARoundTrip) {
  ReceiveTuning tuning;
  tuning.on_consumed(500'000, kStart, kRoundTrip);
  tuning.on_consumed(1, kStart + kRoundTrip, kRoundTrip);
  EXPECT_EQ(tuning.on_consumed(200'000, kStart + kRoundTrip * 2, kRoundTrip), 0u);
  EXPECT_EQ(tuning.on_consumed(200'000, kStart + kRoundTrip * 5 / 2, kRoundTrip), 0u);
  EXPECT_EQ(tuning.on_consumed(100'000, kStart + kRoundTrip * 3, kRoundTrip), 1'000'000u);
}

// What is read was sent a round trip ago: a sender that doubles is two doublings ahead when the window reaches it.
TEST(BufferTuning, Receive_NeedsFourTimesWhatIsReadWhileThatGrows) {
  ReceiveTuning tuning;
  tuning.on_consumed(100'000, kStart, kRoundTrip);
  EXPECT_EQ(tuning.on_consumed(20'000, kStart + kRoundTrip, kRoundTrip), 480'000u);
  tuning.on_consumed(200'000, kStart + kRoundTrip * 2, kRoundTrip);
  EXPECT_EQ(tuning.on_consumed(40'000, kStart + kRoundTrip * 3, kRoundTrip), 960'000u);
}

TEST(BufferTuning, Receive_EachRoundTripCountsAlone) {
  ReceiveTuning tuning;
  tuning.on_consumed(400'000, kStart, kRoundTrip);
  EXPECT_EQ(tuning.on_consumed(1, kStart + kRoundTrip, kRoundTrip), 1'600'004u);
  EXPECT_EQ(tuning.on_consumed(1'000, kStart + kRoundTrip * 2, kRoundTrip), 0u);
  EXPECT_EQ(tuning.on_consumed(1'000, kStart + kRoundTrip * 3, kRoundTrip), 4'000u);
}

TEST(BufferTuning, Receive_UnmeasuredRoundTripIsNoShorterThanAPoll) {
  ReceiveTuning tuning;
  EXPECT_EQ(tuning.on_consumed(1'000, kStart, Duration{}), 0u);
  EXPECT_EQ(tuning.on_consumed(1'000, kStart + Duration::milliseconds(1), Duration{}), 8'000u);
}

TEST(BufferTuning, Receive_HugeAmountsDoNotWrap) {
  ReceiveTuning tuning;
  tuning.on_consumed(SIZE_MAX / 2, kStart, kRoundTrip);
  EXPECT_EQ(tuning.on_consumed(5, kStart + kRoundTrip, kRoundTrip), 1u << 31);
}

}  // namespace
}  // namespace sluice::tcp
