#include "upstream/health.h"

#include <algorithm>

namespace sluice::upstream {

namespace {

constexpr uint8_t kMost = 255;

uint8_t increment(uint8_t n) {
  return n == kMost ? kMost : static_cast<uint8_t>(n + 1);
}

uint8_t& count_of(HealthState& state, Outcome outcome) {
  switch (outcome) {
    case Outcome::kSuccess:
      return state.successes;
    case Outcome::kHttpFailure:
      return state.http_failures;
    case Outcome::kTcpFailure:
      return state.tcp_failures;
    case Outcome::kTimeout:
      break;
  }
  return state.timeouts;
}

}  // namespace

uint8_t HealthThresholds::of(Outcome outcome) const {
  switch (outcome) {
    case Outcome::kSuccess:
      return successes;
    case Outcome::kHttpFailure:
      return http_failures;
    case Outcome::kTcpFailure:
      return tcp_failures;
    case Outcome::kTimeout:
      break;
  }
  return timeouts;
}

HealthState after(HealthState state, Outcome outcome, const HealthThresholds& thresholds) {
  const bool success = outcome == Outcome::kSuccess;
  const uint8_t threshold = thresholds.of(outcome);
  if (threshold == 0) return state;
  // A healthy target's successes and an unhealthy one's failures have nothing left to change but what they clear.
  if (success) {
    state.http_failures = state.tcp_failures = state.timeouts = 0;
  } else {
    state.successes = 0;
  }
  if (success == state.healthy) return state;
  uint8_t& count = count_of(state, outcome);
  count = increment(count);
  if (count >= threshold) {
    state = HealthState{.healthy = success};
  }
  return state;
}

HealthTable::HealthTable(uint32_t capacity)
    : capacity_(capacity), words_(std::make_unique<std::atomic<uint64_t>[]>(capacity)) {}

std::optional<TargetSlot> HealthTable::try_acquire(const policy::Uuid& upstream, const std::string& target) {
  const std::lock_guard lock(mutex_);
  const auto [entry, is_new] = slots_.try_emplace({upstream, target}, 0);
  if (is_new) {
    if (free_.empty() && uses_.size() == capacity_) {
      slots_.erase(entry);
      return std::nullopt;
    }
    if (free_.empty()) {
      free_.push_back(static_cast<uint32_t>(uses_.size()));
      uses_.emplace_back();
    }
    entry->second = free_.back();
    free_.pop_back();
    Use& use = uses_[entry->second];
    ++use.generation;
    use.key = entry;
    words_[entry->second].store(pack({}), std::memory_order_relaxed);
  }
  Use& use = uses_[entry->second];
  ++use.holders;
  return TargetSlot{entry->second, use.generation};
}

void HealthTable::release(TargetSlot slot) {
  const std::lock_guard lock(mutex_);
  Use& use = uses_[slot.index];
  if (--use.holders != 0) return;
  slots_.erase(use.key);
  free_.push_back(slot.index);
}

HealthState HealthTable::state(TargetSlot slot) const {
  return unpack(words_[slot.index].load(std::memory_order_relaxed));
}

bool HealthTable::report(TargetSlot slot, Outcome outcome, const HealthThresholds& thresholds) {
  auto& word = words_[slot.index];
  uint64_t before = word.load(std::memory_order_relaxed);
  for (;;) {
    const HealthState state = unpack(before);
    const HealthState next = after(state, outcome, thresholds);
    if (next == state) return false;
    if (word.compare_exchange_weak(before, pack(next), std::memory_order_relaxed)) {
      return next.healthy != state.healthy;
    }
  }
}

HealthState HealthTable::unpack(uint64_t word) {
  return {.healthy = (word & kUnhealthyBit) == 0,
          .successes = static_cast<uint8_t>(word),
          .http_failures = static_cast<uint8_t>(word >> 8),
          .tcp_failures = static_cast<uint8_t>(word >> 16),
          .timeouts = static_cast<uint8_t>(word >> 24)};
}

uint64_t HealthTable::pack(const HealthState& state) {
  return (state.healthy ? 0 : kUnhealthyBit) | uint64_t{state.successes} | uint64_t{state.http_failures} << 8 |
         uint64_t{state.tcp_failures} << 16 | uint64_t{state.timeouts} << 24;
}

}  // namespace sluice::upstream
