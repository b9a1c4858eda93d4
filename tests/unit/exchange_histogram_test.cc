#include <gtest/gtest.h>

#include "sluice/histogram.h"

namespace sluice {
namespace {

TEST(Histogram, Buckets_AreInOrderWithoutGaps) {
  EXPECT_EQ(Histogram::bucket_of(0), 0u);
  for (size_t i = 0; i + 1 < Histogram::kBuckets; ++i) {
    EXPECT_EQ(Histogram::bucket_of(Histogram::upper_us(i)), i);
    EXPECT_EQ(Histogram::bucket_of(Histogram::upper_us(i) + 1), i + 1);
  }
  EXPECT_EQ(Histogram::upper_us(Histogram::kBuckets - 1), Histogram::kLargest_us);
}

TEST(Histogram, Bucket_IsAtMostAnEighthWide) {
  for (size_t i = Histogram::kLinear; i < Histogram::kBuckets; ++i) {
    const uint64_t lower = Histogram::upper_us(i - 1) + 1;
    EXPECT_LE(Histogram::upper_us(i) - lower + 1, lower / 8 + 1);
  }
}

TEST(Histogram, Record_CountsOnceAndSums) {
  Histogram histogram;
  histogram.record(Duration::microseconds(100));
  histogram.record(Duration::microseconds(100));
  histogram.record(Duration::nanoseconds(-5));
  EXPECT_EQ(histogram.bucket(Histogram::bucket_of(100)), 2u);
  EXPECT_EQ(histogram.bucket(0), 1u);
  EXPECT_EQ(histogram.sum_us(), 200u);
}

TEST(Histogram, LongerThanTheLargest_FallsIntoTheLastBucket) {
  Histogram histogram;
  histogram.record(Duration::seconds(1'000'000));
  EXPECT_EQ(histogram.bucket(Histogram::kBuckets - 1), 1u);
}

}  // namespace
}  // namespace sluice
