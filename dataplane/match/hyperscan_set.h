// HyperscanSet: many patterns, one scan. Reports which of them match a subject, not where.
//
// Compiled on the control side (about 3 ms a pattern), immutable afterwards, shared by all workers. Hyperscan knows no
// back references, look-around or other constructs that need backtracking; such patterns are refused one by one and the
// caller matches them with PcrePattern.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "match/pcre_pattern.h"
#include "match/scratch.h"

namespace sluice::match {

class HyperscanSet {
  using OnMatch = void (*)(void* visitor, uint32_t place);

 public:
  struct Pattern {
    std::string text;
    Anchor anchor = Anchor::kNone;
    LetterCase letter_case = LetterCase::kSensitive;
  };

  HyperscanSet() = default;
  // Patterns are known by their place in `patterns`. Those that cannot be had are listed in refused(). The plan is
  // grown to serve the set.
  HyperscanSet(std::span<const Pattern> patterns, ScratchPlan& plan);
  ~HyperscanSet();
  HyperscanSet(HyperscanSet&& other) noexcept;
  HyperscanSet& operator=(HyperscanSet&& other) noexcept;

  // Places of the patterns that are not in the set, in ascending order.
  const std::vector<uint32_t>& refused() const { return refused_; }
  // True when no pattern is in the set: a scan would find nothing.
  bool empty() const { return database_ == nullptr; }

  // Calls visit(uint32_t place) once for each pattern that matches `subject`, in no particular order. False: Hyperscan
  // could not scan (the caller falls back to PCRE2 for all).
  template <typename Visit>
  [[nodiscard]] bool scan(std::string_view subject, Scratch& scratch, Visit&& visit) const {
    using Visitor = std::remove_reference_t<Visit>;
    const OnMatch on_match = [](void* visitor, uint32_t place) { (*static_cast<Visitor*>(visitor))(place); };
    return scan_erased(subject, scratch, on_match, const_cast<void*>(static_cast<const void*>(&visit)));
  }

 private:
  bool scan_erased(std::string_view subject, Scratch& scratch, OnMatch on_match, void* visitor) const;

  hs_database* database_ = nullptr;
  std::vector<uint32_t> refused_;
};

}  // namespace sluice::match
