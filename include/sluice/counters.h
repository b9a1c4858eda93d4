// The counters of one worker. Every dropped packet and every refused request names one line of counters.def.
//
// One writer (the worker), any number of readers (control): plain stores that other threads may read at any time.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice {

enum class Severity : uint8_t {
  kInfo,   // work done
  kDrop,   // input refused, as it should be
  kWarn,   // a bound was reached: an operator may want to look
  kError,  // Sluice itself failed
};

enum class Counter : uint16_t {
#define SLUICE_COUNTER(symbol, metric, severity, help) symbol,
#include "sluice/counters.def"
#undef SLUICE_COUNTER
  kCount,
};

struct CounterInfo {
  std::string_view metric;  // Prometheus name without the prefix "sluice_"; may carry labels: name{reason="x"}
  Severity severity;
  std::string_view help;
};

inline constexpr std::array<CounterInfo, static_cast<size_t>(Counter::kCount)> kCounterInfo = {{
#define SLUICE_COUNTER(symbol, metric, severity, help) {metric, Severity::severity, help},
#include "sluice/counters.def"
#undef SLUICE_COUNTER
}};

class Counters {
 public:
  void add(Counter c, uint64_t n = 1) {
    auto& word = words_[static_cast<size_t>(c)];
    word.store(word.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  uint64_t get(Counter c) const { return words_[static_cast<size_t>(c)].load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<uint64_t>, static_cast<size_t>(Counter::kCount)> words_{};
};

}  // namespace sluice
