// Scratch: the memory that matching writes to. Patterns are immutable and shared by all workers; a scratch belongs to
// one worker.
//
// A snapshot makes them on the control side, one a worker, when all its patterns are compiled: a worker that takes up a
// snapshot allocates nothing. The snapshot owns them; the exchange puts its worker's into RequestContext::scratch, and
// with an old snapshot goes its scratch.
#pragma once

#include <cstdint>
#include <memory>

struct hs_database;
struct hs_scratch;
struct pcre2_real_match_context_8;
struct pcre2_real_match_data_8;

namespace sluice::match {

// How many groups of a pattern can be read, the whole match included. Patterns with more are refused at compile time.
inline constexpr uint32_t kMaxGroups = 64;

// Bound on the steps of one match (PCRE2's match limit): some milliseconds at worst.
inline constexpr uint32_t kMatchLimit = 100'000;

class Scratch {
 public:
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

 private:
  friend class ScratchPlan;
  friend class PcrePattern;
  friend class HyperscanSet;
  friend class Captures;
  Scratch() = default;

  hs_scratch* hyperscan_ = nullptr;  // nullptr: no Hyperscan database in the snapshot
  pcre2_real_match_context_8* pcre_context_ = nullptr;
  pcre2_real_match_data_8* pcre_data_ = nullptr;
};

// What the scratches of one snapshot must be large enough for. Control side; handed to everything that compiles.
class ScratchPlan {
 public:
  ScratchPlan() = default;
  ~ScratchPlan();
  ScratchPlan(const ScratchPlan&) = delete;
  ScratchPlan& operator=(const ScratchPlan&) = delete;

  // Grows the plan until it serves `database`. False: out of memory.
  [[nodiscard]] bool include(const hs_database* database);
  // A scratch that serves every database included so far. nullptr: out of memory.
  [[nodiscard]] std::unique_ptr<Scratch> make() const;

 private:
  hs_scratch* prototype_ = nullptr;
};

}  // namespace sluice::match
