#include "sim/network.h"

#include <algorithm>
#include <cstring>

namespace sluice::sim {

namespace {

constexpr size_t kHeadersBelow = 38;  // Ethernet and IPv4, so that small segments cost what they would

}  // namespace

bool Link::lost() {
  if (cut_ || worker_.clock.now() < down_until_) return true;
  if (!chance(settings_.loss)) return false;
  down_until_ = worker_.clock.now() + settings_.outage;
  return true;
}

Instant Link::departure(size_t bytes) {
  const Instant now = worker_.clock.now();
  if (settings_.rate_bytes_per_second == 0) return now;
  const auto on_wire = [&](size_t n) {
    return Duration{static_cast<int64_t>(n * 1'000'000'000 / settings_.rate_bytes_per_second)};
  };
  free_at_ = std::max(free_at_, now);
  if (free_at_ - now > on_wire(settings_.queue_segments * size_t{1538})) return Instant::never();
  free_at_ = free_at_ + on_wire(bytes + kHeadersBelow);
  return free_at_;
}

Packet Link::copy_of(const Packet& segment) {
  Packet copy = worker_.packets->try_allocate();
  if (copy) std::memcpy(copy.append(segment.size()).data(), segment.bytes().data(), segment.size());
  return copy;
}

void Link::put(Instant at, const IpAddress& source, const IpAddress& destination, Packet segment) {
  if (segment) waiting_.emplace(at, InTransit{source, destination, std::move(segment)});
}

void Link::send(const IpAddress& source, const IpAddress& destination, Packet segment) {
  if (lost()) {
    ++figures_.lost;
    return;
  }
  const Instant leaves = departure(segment.size());
  if (leaves == Instant::never()) {
    ++figures_.overflowed;
    return;
  }
  ++figures_.carried;
  Instant arrives = leaves + settings_.delay;
  if (chance(settings_.reorder)) {
    arrives = arrives + Duration{static_cast<int64_t>(random_.below(settings_.delay.ns + 5'000'000))};
  }
  if (chance(settings_.duplicate)) put(arrives, source, destination, copy_of(segment));
  if (chance(settings_.corrupt)) {
    segment.bytes()[random_.below(segment.size())] ^= static_cast<std::byte>(1 << random_.below(8));
  }
  put(arrives, source, destination, std::move(segment));
}

void Link::deliver() {
  while (!waiting_.empty() && waiting_.begin()->first <= worker_.clock.now()) {
    InTransit next = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    receive_(next.source, next.destination, std::move(next.segment));
  }
}

}  // namespace sluice::sim
