// OwedRecords: the policies of which a worker still owes records to logging plugins, though it has let go of their
// snapshots.
//
// A record names its policy by generation, and whoever takes it off the ring looks up there what it says: that policy
// (not what it was compiled to) is kept until the debt is paid. Part of a worker's SnapshotHolder; control reads the
// words that say which generations are owed. Of more than kMost the oldest is given up: its records are written all the
// same, and counted as strays where nobody knows their policy any more.
//
// What always holds: a debt is there before the snapshot is let go, and its record before the debt goes, so whoever
// sees neither pin nor debt finds all records of a generation in the ring.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sluice::exchange {

class OwedRecords {
  struct Entry {
    std::atomic<uint64_t> generation{0};  // 0: free
    uint32_t debts = 0;
  };

 public:
  static constexpr size_t kMost = 8;

  OwedRecords() = default;
  OwedRecords(const OwedRecords&) = delete;
  OwedRecords& operator=(const OwedRecords&) = delete;

  // Worker: one record that is owed, until it goes.
  class Debt {
   public:
    Debt() = default;
    ~Debt() { pay(); }
    Debt(Debt&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)), generation_(other.generation_) {}
    Debt& operator=(Debt&& other) noexcept {
      if (this == &other) return *this;
      pay();
      entry_ = std::exchange(other.entry_, nullptr);
      generation_ = other.generation_;
      return *this;
    }

   private:
    friend class OwedRecords;
    Debt(Entry& entry, uint64_t generation) : entry_(&entry), generation_(generation) { ++entry.debts; }
    void pay();

    Entry* entry_ = nullptr;
    uint64_t generation_ = 0;
  };
  // REQUIRES: the worker has not let go of that generation's snapshot.
  [[nodiscard]] Debt owe(uint64_t generation);

  // Control: the generations that are owed, in no order; 0: none.
  std::array<uint64_t, kMost> generations() const;

 private:
  std::array<Entry, kMost> entries_{};
  uint64_t given_up_ = 0;  // this generation, and those before it that were not owed any more
};

}  // namespace sluice::exchange
