#include "sim/path.h"

#include <algorithm>

namespace sluice::sim {

bool Path::loses() {
  if (cut_ || clock_.now() < down_until_) return true;
  if (settings_.lose_every > 0 && ++offered_ % settings_.lose_every == 0) return true;
  if (!chance(settings_.loss)) return false;
  down_until_ = clock_.now() + settings_.outage;
  return true;
}

Instant Path::departure(size_t bytes) {
  const Instant now = clock_.now();
  if (settings_.rate_bytes_per_second == 0) return now;
  const auto on_wire = [&](size_t n) {
    return Duration{static_cast<int64_t>(n * 1'000'000'000 / settings_.rate_bytes_per_second)};
  };
  free_at_ = std::max(free_at_, now);
  if (free_at_ - now > on_wire(settings_.queue_segments * size_t{1538})) return Instant::never();
  free_at_ = free_at_ + on_wire(bytes);
  return free_at_;
}

std::optional<Path::Passage> Path::pass(size_t bytes, size_t bytes_below) {
  const Instant leaves = departure(bytes + bytes_below);
  if (leaves == Instant::never()) return std::nullopt;
  Passage passage{.arrives = leaves + settings_.delay};
  if (chance(settings_.reorder)) {
    passage.arrives = passage.arrives + Duration{static_cast<int64_t>(random_.below(settings_.delay.ns + 5'000'000))};
  }
  passage.twice = chance(settings_.duplicate);
  if (chance(settings_.corrupt)) {
    const size_t byte = random_.below(bytes);
    passage.broken_bit = byte * 8 + random_.below(8);
  }
  return passage;
}

}  // namespace sluice::sim
