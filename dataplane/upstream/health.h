// HealthTable: what the machine knows about each target of an upstream, whatever the number of workers.
//
// One per process, outside the snapshot and keyed by (upstream id, target), so that a reload keeps what was learned.
// Control claims a slot a target when it compiles a policy and gives it back with the snapshot; a slot stays the same
// as long as any snapshot holds it. Workers read and update the slot's word: a shared atomic, but one that is only
// written when an outcome changes it, so a healthy target's line is read and never bounced between cores.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sluice/policy/healthchecks.h"
#include "sluice/policy/uuid.h"

namespace sluice::upstream {

// Names a slot and the use of it: after a slot was given to another target its generation differs.
struct TargetSlot {
  uint32_t index = 0;
  uint32_t generation = 0;
};

// What an attempt at a target told about it.
enum class Outcome : uint8_t {
  kSuccess,      // a status that counts as healthy
  kHttpFailure,  // a status that counts as unhealthy
  kTcpFailure,   // the connection was refused or lost
  kTimeout,
};

// How many outcomes of a kind change a target's state; 0: that kind is not counted at all, as in Kong.
struct HealthThresholds {
  uint8_t successes = 0;
  uint8_t http_failures = 0;
  uint8_t tcp_failures = 0;
  uint8_t timeouts = 0;

  uint8_t of(Outcome outcome) const;
  bool any() const { return (successes | http_failures | tcp_failures | timeouts) != 0; }
};

// What one word of the table says.
struct HealthState {
  bool healthy = true;
  uint8_t successes = 0;
  uint8_t http_failures = 0;
  uint8_t tcp_failures = 0;
  uint8_t timeouts = 0;
  bool operator==(const HealthState&) const = default;
};

// The state after one more outcome. A success clears the failures and a failure the successes; a state is left when
// the count of an outcome of the other kind reaches its threshold.
HealthState after(HealthState state, Outcome outcome, const HealthThresholds& thresholds);

class HealthTable {
 public:
  static constexpr uint32_t kDefaultCapacity = 16384;

  explicit HealthTable(uint32_t capacity = kDefaultCapacity);

  // Control side, any thread. A slot for `target` ("host:port") of the upstream, the same one as long as it is held;
  // a target that was not known before starts healthy. None: all slots are taken.
  [[nodiscard]] std::optional<TargetSlot> try_acquire(const policy::Uuid& upstream, const std::string& target);
  // Gives up one try_acquire().
  void release(TargetSlot slot);
  // Stands for every target of which nothing is learned: it has no health, is nobody's to release, and its place is
  // behind all others.
  TargetSlot no_slot() const { return {.index = capacity_}; }

  // Workers and control. REQUIRES: the caller's snapshot holds the slot.
  bool healthy(TargetSlot slot) const {
    return (words_[slot.index].load(std::memory_order_relaxed) & kUnhealthyBit) == 0;
  }
  HealthState state(TargetSlot slot) const;
  // Counts an outcome; true when the target's state changed by it.
  bool report(TargetSlot slot, Outcome outcome, const HealthThresholds& thresholds);

  uint32_t capacity() const { return capacity_; }

 private:
  static constexpr uint64_t kUnhealthyBit = uint64_t{1} << 32;
  static HealthState unpack(uint64_t word);
  static uint64_t pack(const HealthState& state);

  using Key = std::pair<policy::Uuid, std::string>;
  struct Use {
    uint32_t holders = 0;
    uint32_t generation = 0;
    std::map<Key, uint32_t>::iterator key;
  };

  const uint32_t capacity_;
  const std::unique_ptr<std::atomic<uint64_t>[]> words_;

  std::mutex mutex_;  // of what control alone uses
  std::map<Key, uint32_t> slots_;
  std::vector<Use> uses_;
  std::vector<uint32_t> free_;
};

}  // namespace sluice::upstream
