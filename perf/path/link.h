// Link: one direction of the emulated path: a seeded loss, then a queue before a line of some rate, then a delay.
//
// Owned by the emulator. Frames leave in the order in which they came. The same seed drops the same frames by their
// number, whoever sends them: that is what makes runs of two systems a pair.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <span>
#include <vector>

namespace sluice::path {

using Time = std::chrono::nanoseconds;  // of the monotonic clock

struct LinkSettings {
  uint64_t bits_per_second = 200'000'000;
  Time delay{};            // of one direction
  double loss = 0;         // probability for each frame, 0 to 1
  size_t queue_bytes = 0;  // before the line; a frame that does not fit is dropped
  uint64_t seed = 1;
};

class Link {
 public:
  struct Figures {
    uint64_t frames = 0;
    uint64_t lost = 0;        // by chance
    uint64_t overflowed = 0;  // the queue was full
  };

  explicit Link(const LinkSettings& settings) : settings_(settings), random_(settings.seed) {}

  void on_frame(std::span<const std::byte> frame, Time now);

  // The next frame that has arrived at the other end by `now`; nullptr: none yet. Call pop() when it was sent.
  const std::vector<std::byte>* front(Time now) const;
  void pop() { in_transit_.pop_front(); }

  // When front() will have something; Time::max(): nothing is on its way.
  Time next() const { return in_transit_.empty() ? Time::max() : in_transit_.front().arrives; }

  const Figures& figures() const { return figures_; }

 private:
  struct Frame {
    Time arrives;
    std::vector<std::byte> bytes;
  };

  const LinkSettings settings_;
  std::mt19937_64 random_;
  Time line_free_at_{};
  std::deque<Frame> in_transit_;  // in the queue, on the line or on its way
  Figures figures_;
};

}  // namespace sluice::path
