// Snapshot: one policy compiled for the workers: edge rules, gateway, upstreams. Immutable, read by all workers.
//
// The one header of the dataplane that control/publish uses to make what workers run on. Control compiles a snapshot,
// hands it to every worker, and destroys it when each worker has adopted a later one and reports no pin on it
// (SnapshotHolder::may_use).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/siphash.h"
#include "exchange/owed_records.h"
#include "sluice/policy/policy.h"
#include "sluice/result.h"
#include "sluice/units.h"

namespace sluice::edge {
class Stage;
}
namespace sluice::gateway {
class Stage;
struct SharedState;
}  // namespace sluice::gateway
namespace sluice::match {
class DatabaseMemory;
class Scratch;
}  // namespace sluice::match
namespace sluice::upstream {
class HealthTable;
class UpstreamSet;
}  // namespace sluice::upstream

namespace sluice::exchange {

class Snapshot {
 public:
  // What the compilers of the rooms have made of `policy`; the parts point into it. Nobody shares them: the pointers
  // are shared_ptr because such a one can be let go where its type is not known.
  struct Parts {
    std::shared_ptr<const policy::Policy> policy;
    std::shared_ptr<const edge::Stage> edge;
    std::shared_ptr<const gateway::Stage> gateway;
    std::shared_ptr<const upstream::UpstreamSet> upstreams;
    std::vector<std::shared_ptr<match::Scratch>> scratches;  // one a worker, and control's
  };
  Snapshot(uint64_t generation, Parts parts) : generation_(generation), parts_(std::move(parts)) {}
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // Counts the policies of this process from 1 on.
  uint64_t generation() const { return generation_; }
  const policy::Policy& policy() const { return *parts_.policy; }
  const policy::Fingerprint& fingerprint() const { return parts_.policy->fingerprint; }
  const edge::Stage& edge() const { return *parts_.edge; }
  const gateway::Stage& gateway() const { return *parts_.gateway; }
  const upstream::UpstreamSet& upstreams() const { return *parts_.upstreams; }
  // The memory that this worker, and no other, matches in.
  match::Scratch& scratch(WorkerId worker) const { return *parts_.scratches[worker.value]; }
  // The same for the control thread's questions (exchange/inquiry.h).
  match::Scratch& control_scratch() const { return *parts_.scratches.back(); }
  // The names of origins that control must resolve, in lower case, each once.
  std::vector<std::string> names_to_resolve() const;

 private:
  const uint64_t generation_;
  const Parts parts_;
};

// Why a policy that is valid in itself cannot be put in force.
struct CompileError {
  policy::Mark where;   // of an entity in the policy file; line 0: of none
  std::string field;    // of that entity; empty: the whole of it
  std::string message;  // never a secret
};
using CompileErrors = std::vector<CompileError>;

// What a snapshot shares with those before and after it; outlives all of them.
struct CompileContext {
  const gateway::SharedState& gateway;
  upstream::HealthTable& health;
  std::string product;   // "sluice/0.1.0", in Via and Server
  SipKey hash_key;       // random, secret: for tables that are looked up with what clients send
  unsigned workers = 1;  // 1 to kMaxWorkers
  // What regexes were compiled to for snapshots that are alive. nullptr: all are compiled anew.
  match::DatabaseMemory* databases = nullptr;
  // What regexes that are not among `databases` may be compiled to.
  uint64_t most_regex_bytes = UINT64_MAX;
};

// Compiles a policy; all that is wrong with it at once. Slow (regexes, keys): never on a worker. generation: one more
// than that of the last snapshot made.
Result<std::unique_ptr<const Snapshot>, CompileErrors> compile(std::shared_ptr<const policy::Policy> policy,
                                                               uint64_t generation, const CompileContext& context);

// At most this many snapshots exist at a time: control refuses a reload that would make one more.
inline constexpr unsigned kMaxSnapshots = 8;

// The snapshots that one worker uses: the current one, and earlier ones that exchanges still pin. The counts of pins
// are the worker's alone; control reads the words that say which generations are in use. One that is pinned for long
// keeps none of those after it.
//
// What always holds: a generation stays in the same word from before it is the newest until nobody uses it any more, so
// whoever has read a newer one as the newest, and then does not find it, finds it gone for good.
class SnapshotHolder {
 public:
  // A worker without a policy: adopt() comes before the first pin().
  SnapshotHolder() = default;
  SnapshotHolder(const SnapshotHolder&) = delete;
  SnapshotHolder& operator=(const SnapshotHolder&) = delete;

  // Worker: later exchanges run on `next`. REQUIRES: a later generation than the current one, and fewer than
  // kMaxSnapshots in use.
  void adopt(const Snapshot& next);
  // nullptr before the first adopt().
  const Snapshot* current() const { return current_->snapshot; }

  // Worker: keeps the current snapshot until the pin is gone. REQUIRES: current() != nullptr.
  class Pin;
  Pin pin();

  // Control: false when the worker has let go of the snapshot of that generation, for good.
  bool may_use(uint64_t generation) const;
  uint32_t pins() const;

  // What requests whose snapshot is let go still owe.
  OwedRecords& owed_records() { return owed_records_; }
  const OwedRecords& owed_records() const { return owed_records_; }

 private:
  struct Entry {
    const Snapshot* snapshot = nullptr;   // nullptr: free
    std::atomic<uint64_t> generation{0};  // of the snapshot; 0: free
    uint32_t pins = 0;
  };
  static void let_go(Entry& entry);

  std::array<Entry, kMaxSnapshots> entries_{};
  Entry* current_ = &entries_[0];
  std::atomic<uint64_t> newest_{0};  // generation that was adopted
  OwedRecords owed_records_;
};

class SnapshotHolder::Pin {
 public:
  Pin() = default;
  Pin(SnapshotHolder& holder, Entry& entry) : holder_(&holder), entry_(&entry) { ++entry.pins; }
  ~Pin() { release(); }
  Pin(Pin&& other) noexcept : holder_(other.holder_), entry_(std::exchange(other.entry_, nullptr)) {}
  Pin& operator=(Pin&& other) noexcept {
    if (this != &other) {
      release();
      holder_ = other.holder_;
      entry_ = std::exchange(other.entry_, nullptr);
    }
    return *this;
  }

  // REQUIRES: not released.
  const Snapshot& operator*() const { return *entry_->snapshot; }
  const Snapshot* operator->() const { return entry_->snapshot; }
  void release() {
    Entry* entry = std::exchange(entry_, nullptr);
    if (entry != nullptr && --entry->pins == 0 && entry != holder_->current_) let_go(*entry);
  }

 private:
  SnapshotHolder* holder_ = nullptr;
  Entry* entry_ = nullptr;
};

inline SnapshotHolder::Pin SnapshotHolder::pin() {
  return Pin(*this, *current_);
}

}  // namespace sluice::exchange
