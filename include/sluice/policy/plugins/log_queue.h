// LogQueue: how the records of a logging plugin wait to be sent, and how often sending is tried. Kong's `queue`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "sluice/policy/field.h"
#include "sluice/units.h"

namespace sluice::policy {

// What the older fields beside `queue` may say of it.
inline uint32_t clamped_batch(int64_t records) {
  return static_cast<uint32_t>(std::clamp<int64_t>(records, 1, 1'000'000));
}
inline Duration clamped_delay(double seconds) {
  return Duration::milliseconds(static_cast<int64_t>(std::clamp(seconds, 0.0, 3600.0) * 1000));
}

struct LogQueue {
  uint32_t max_batch_size = 1;                                // records sent at once
  Duration max_coalescing_delay = Duration::seconds(1);       // how long a batch waits to be full
  uint32_t max_entries = 10000;                               // records waiting; beyond that the oldest are lost
  std::optional<uint64_t> max_bytes;                          // the same in bytes
  Duration max_retry_time = Duration::seconds(60);            // then a batch is lost
  Duration initial_retry_delay = Duration::milliseconds(10);  // doubles with each try
  Duration max_retry_delay = Duration::seconds(60);
  int64_t concurrency_limit = 1;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("max_batch_size", s.max_batch_size, {.help = "records sent at once", .least = 1, .most = 1000000});
    visit("max_coalescing_delay", s.max_coalescing_delay,
          {.help = "how long a batch waits to be full, seconds", .unit = Unit::kSeconds, .least = 0, .most = 3600});
    visit("max_entries", s.max_entries, {.help = "records that may wait", .least = 1, .most = 1000000});
    visit("max_bytes", s.max_bytes, {.help = "the same in bytes"});
    visit("max_retry_time", s.max_retry_time,
          {.help = "how long a batch is tried, seconds; less than 0: once",
           .unit = Unit::kSeconds,
           .least = -1'000'000'000,
           .most = 1'000'000'000});
    visit("initial_retry_delay", s.initial_retry_delay,
          {.help = "before the second try, seconds; it doubles", .unit = Unit::kSeconds, .least = 0, .most = 1000000});
    visit("max_retry_delay", s.max_retry_delay,
          {.help = "the longest it becomes, seconds", .unit = Unit::kSeconds, .least = 0, .most = 1000000});
    visit("concurrency_limit", s.concurrency_limit,
          {.help = "-1 or 1, accepted for compatibility; batches go one after the other"});
  }

  void check(Complaints& complaints) const {
    constexpr Duration kLeast = Duration::milliseconds(1);
    if (initial_retry_delay < kLeast) complaints.field("initial_retry_delay", kTooShort);
    if (max_retry_delay < kLeast) complaints.field("max_retry_delay", kTooShort);
    if (concurrency_limit != -1 && concurrency_limit != 1)
      complaints.field("concurrency_limit", "expected one of: -1, 1");
  }

 private:
  // Of a millisecond, the least, Kong tells the whole seconds.
  static constexpr const char* kTooShort = "value should be between 0 and 1000000";
};

}  // namespace sluice::policy
