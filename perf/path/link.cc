#include "path/link.h"

#include <algorithm>

namespace sluice::path {

void Link::on_frame(std::span<const std::byte> frame, Time now) {
  ++figures_.frames;
  // Drawn for every frame, so that what a queue drops does not shift the losses behind it.
  if (std::bernoulli_distribution(settings_.loss)(random_)) {
    ++figures_.lost;
    return;
  }
  const auto on_line = [&](size_t bytes) { return Time(bytes * 8 * 1'000'000'000 / settings_.bits_per_second); };
  const Time begins = std::max(now, line_free_at_);
  if (begins - now > on_line(settings_.queue_bytes)) {
    ++figures_.overflowed;
    return;
  }
  line_free_at_ = begins + on_line(frame.size());
  in_transit_.push_back({line_free_at_ + settings_.delay, {frame.begin(), frame.end()}});
}

const std::vector<std::byte>* Link::front(Time now) const {
  return in_transit_.empty() || in_transit_.front().arrives > now ? nullptr : &in_transit_.front().bytes;
}

}  // namespace sluice::path
