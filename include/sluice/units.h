// Time, ports and worker ids as types, so that a raw integer never changes its meaning on the way.
//
// Owned by everybody, depends on nothing. All types are trivially copyable values.
#pragma once

#include <compare>
#include <cstdint>

namespace sluice {

// A distance in time. Nanoseconds, signed: the difference of two instants may be negative.
struct Duration {
  int64_t ns = 0;

  static constexpr Duration nanoseconds(int64_t n) { return {n}; }
  static constexpr Duration microseconds(int64_t n) { return {n * 1'000}; }
  static constexpr Duration milliseconds(int64_t n) { return {n * 1'000'000}; }
  static constexpr Duration seconds(int64_t n) { return {n * 1'000'000'000}; }

  constexpr int64_t us() const { return ns / 1'000; }
  constexpr int64_t ms() const { return ns / 1'000'000; }
  constexpr int64_t s() const { return ns / 1'000'000'000; }

  constexpr auto operator<=>(const Duration&) const = default;
};

constexpr Duration operator+(Duration a, Duration b) {
  return {a.ns + b.ns};
}
constexpr Duration operator-(Duration a, Duration b) {
  return {a.ns - b.ns};
}
constexpr Duration operator*(Duration a, int64_t n) {
  return {a.ns * n};
}
constexpr Duration operator/(Duration a, int64_t n) {
  return {a.ns / n};
}

// A point on a worker's monotonic clock. Says nothing about the date; see WallTime.
struct Instant {
  int64_t ns = 0;

  static constexpr Instant never() { return {INT64_MAX}; }
  constexpr auto operator<=>(const Instant&) const = default;
};

constexpr Instant operator+(Instant t, Duration d) {
  return {t.ns + d.ns};
}
constexpr Instant operator-(Instant t, Duration d) {
  return {t.ns - d.ns};
}
constexpr Duration operator-(Instant a, Instant b) {
  return {a.ns - b.ns};
}

// A date: nanoseconds since 1970-01-01T00:00:00Z. May step; never used for timeouts.
struct WallTime {
  int64_t ns = 0;

  constexpr int64_t seconds() const { return ns / 1'000'000'000; }
  constexpr int64_t milliseconds() const { return ns / 1'000'000; }
  constexpr auto operator<=>(const WallTime&) const = default;
};

// A TCP or UDP port in host order.
struct Port {
  uint16_t value = 0;
  constexpr auto operator<=>(const Port&) const = default;
};

// A network port's index: its place in the list `ports` of node.yaml.
struct PortIndex {
  uint8_t value = 0;
  constexpr auto operator<=>(const PortIndex&) const = default;
};

// A worker's index: 0 to kMaxWorkers - 1, dense.
struct WorkerId {
  uint8_t value = 0;
  constexpr auto operator<=>(const WorkerId&) const = default;
};

inline constexpr unsigned kMaxWorkers = 64;
inline constexpr unsigned kMaxPorts = 32;

}  // namespace sluice
