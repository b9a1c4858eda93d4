// Scratch: the memory that matching writes to. Patterns are immutable and shared by all workers; a scratch belongs to
// one worker.
//
// A snapshot makes them on the control side, one a worker, when all its patterns are compiled: a worker that takes up a
// snapshot allocates nothing. The snapshot owns them; the exchange puts its worker's into RequestContext::scratch, and
// with an old snapshot goes its scratch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

struct hs_database;
struct hs_scratch;
struct pcre2_real_jit_stack_8;
struct pcre2_real_match_context_8;
struct pcre2_real_match_data_8;

namespace sluice::match {

// How many groups of a pattern can be read, the whole match included. Patterns with more are refused at compile time.
inline constexpr uint32_t kMaxGroups = 64;

// Bound on the steps of one match (PCRE2's match limit): some milliseconds at worst.
inline constexpr uint32_t kMatchLimit = 100'000;

// What compiled code may remember of the ways it has not tried yet; a group that repeats takes up to 32 bytes a time.
// With it the longest target that is accepted by default (8 KiB) comes through a regex like "(\w|-)+", for which
// PCRE2's own 32 KiB are too few. Address space: a page becomes memory when it is first used.
inline constexpr size_t kMatchStackBytes = size_t{1} << 20;

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
  pcre2_real_jit_stack_8* pcre_stack_ = nullptr;  // nullptr: no JIT, or no room: PCRE2 then uses its own
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
