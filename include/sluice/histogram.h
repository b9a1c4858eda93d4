// Histogram: how long something took, in buckets of equal relative width (at most 1/8), from 1 us to 71 minutes.
//
// One writer (the worker), any number of readers (control). Fixed size, no allocation, no read-modify-write.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "sluice/units.h"

namespace sluice {

class Histogram {
 public:
  // Values below kLinear have a bucket each; above, each power of two has kLinear / 2 buckets.
  static constexpr unsigned kLinearBits = 4;
  static constexpr uint64_t kLinear = 1u << kLinearBits;
  static constexpr uint64_t kLargest_us = (uint64_t{1} << 32) - 1;  // longer ones count as this
  static constexpr size_t kBuckets = kLinear + (32 - kLinearBits) * (kLinear / 2);

  void record(Duration d) {
    const auto us = static_cast<uint64_t>(std::max<int64_t>(d.us(), 0));
    add(buckets_[bucket_of(us)], 1);
    add(sum_us_, us);
  }

  static constexpr size_t bucket_of(uint64_t us) {
    const uint64_t v = std::min(us, kLargest_us);
    if (v < kLinear) return v;
    const auto shift = static_cast<unsigned>(std::bit_width(v)) - kLinearBits;
    return kLinear + (shift - 1) * (kLinear / 2) + ((v >> shift) - kLinear / 2);
  }
  // The largest value that falls into the bucket, in microseconds. REQUIRES: bucket < kBuckets.
  static constexpr uint64_t upper_us(size_t bucket) {
    if (bucket < kLinear) return bucket;
    const uint64_t shift = (bucket - kLinear) / (kLinear / 2) + 1;
    const uint64_t position = (bucket - kLinear) % (kLinear / 2) + kLinear / 2;
    return ((position + 1) << shift) - 1;
  }

  uint64_t bucket(size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
  uint64_t count() const {
    uint64_t count = 0;
    for (const auto& bucket : buckets_) count += bucket.load(std::memory_order_relaxed);
    return count;
  }
  uint64_t sum_us() const { return sum_us_.load(std::memory_order_relaxed); }

 private:
  static void add(std::atomic<uint64_t>& word, uint64_t n) {
    word.store(word.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  std::array<std::atomic<uint64_t>, kBuckets> buckets_{};
  std::atomic<uint64_t> sum_us_{0};
};

// Where the time of a worker's requests went.
struct Latencies {
  Histogram edge;
  Histogram gateway;
  Histogram upstream;  // requests that reached an origin only
  Histogram total;
};

}  // namespace sluice
