// HyperscanDatabase: a set of patterns as Hyperscan compiles it; DatabaseMemory: finds one that exists already.
//
// Made on the control side, immutable afterwards, shared by all workers and by all snapshots whose patterns are alike:
// compiling takes 1.5 s for 1,000 patterns, and most reloads touch none of them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "match/pcre_pattern.h"

struct hs_database;

namespace sluice::match {

struct HyperscanPattern {
  std::string text;
  Anchor anchor = Anchor::kNone;
  LetterCase letter_case = LetterCase::kSensitive;
  // kUnicode: code points, but classes and letter case stay those of ASCII.
  Characters characters = Characters::kBytes;
};

class HyperscanDatabase {
 public:
  // Patterns are known by their place in `patterns`.
  explicit HyperscanDatabase(std::span<const HyperscanPattern> patterns);
  // Of no patterns.
  HyperscanDatabase() = default;
  ~HyperscanDatabase();
  HyperscanDatabase(const HyperscanDatabase&) = delete;
  HyperscanDatabase& operator=(const HyperscanDatabase&) = delete;

  // nullptr: Hyperscan took none of the patterns.
  const hs_database* get() const { return database_; }
  size_t size_bytes() const;
  // Places of the patterns that Hyperscan refused, in ascending order.
  const std::vector<uint32_t>& refused() const { return refused_; }

 private:
  hs_database* database_ = nullptr;
  std::vector<uint32_t> refused_;
};

// Owned by the process, beyond every policy; used by one thread at a time (the compiler's). It keeps nothing alive
// itself: a database lives as long as a snapshot that uses it, so that of the policy in force is always found.
class DatabaseMemory {
 public:
  // The database of these patterns: one that is alive, or a new one. Patterns are compared in full, so two sets are
  // never taken for one another.
  std::shared_ptr<const HyperscanDatabase> find_or_compile(std::span<const HyperscanPattern> patterns);

  // The databases yet to be compiled may come to so many bytes; then no more are.
  void allow(uint64_t bytes) {
    allowed_bytes_ = bytes;
    new_bytes_ = 0;
  }
  // That was not enough. Whoever compiles a policy then has databases of no patterns, and nothing that would match.
  bool is_exhausted() const { return new_bytes_ > allowed_bytes_; }

  // How many were compiled so far.
  uint64_t compiled() const { return compiled_; }

 private:
  std::unordered_map<std::string, std::weak_ptr<const HyperscanDatabase>> known_;  // by all that the patterns say
  uint64_t compiled_ = 0;
  uint64_t allowed_bytes_ = UINT64_MAX;
  uint64_t new_bytes_ = 0;
};

}  // namespace sluice::match
