// HyperscanSet: many patterns, one scan. Reports which of them match a subject, not where.
//
// Made on the control side, immutable afterwards, shared by all workers. Hyperscan knows no back references,
// look-around or other constructs that need backtracking; such patterns are refused one by one and the caller matches
// them with PcrePattern. Hyperscan's own `$` also matches before a line feed at the end of the subject.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "match/hyperscan_database.h"
#include "match/scratch.h"

namespace sluice::match {

class HyperscanSet {
  using OnMatch = void (*)(void* visitor, uint32_t place);

 public:
  using Pattern = HyperscanPattern;

  HyperscanSet() = default;
  // Patterns are known by their place in `patterns`. Those that cannot be had are listed in refused(). The plan is
  // grown to serve the set. databases: where one of these patterns may be; nullptr: it is made anew.
  HyperscanSet(std::span<const Pattern> patterns, ScratchPlan& plan, DatabaseMemory* databases = nullptr);
  // The set of a database that is there already. empty(): the plan could not be grown, or it has no pattern.
  HyperscanSet(std::shared_ptr<const HyperscanDatabase> database, ScratchPlan& plan);

  // Places of the patterns that are not in the set, in ascending order.
  const std::vector<uint32_t>& refused() const { return refused_; }
  // True when no pattern is in the set: a scan would find nothing.
  bool empty() const { return database_ == nullptr; }

  // Calls visit(uint32_t place) once for each pattern that matches `subject`, in no particular order. False: Hyperscan
  // could not scan. REQUIRES: the subject is UTF-8 if there are patterns of Unicode in the set.
  template <typename Visit>
  [[nodiscard]] bool scan(std::string_view subject, Scratch& scratch, Visit&& visit) const {
    using Visitor = std::remove_reference_t<Visit>;
    const OnMatch on_match = [](void* visitor, uint32_t place) { (*static_cast<Visitor*>(visitor))(place); };
    return scan_erased(subject, scratch, on_match, const_cast<void*>(static_cast<const void*>(&visit)));
  }

 private:
  bool scan_erased(std::string_view subject, Scratch& scratch, OnMatch on_match, void* visitor) const;

  std::shared_ptr<const HyperscanDatabase> owner_;
  const hs_database* database_ = nullptr;
  std::vector<uint32_t> refused_;
};

}  // namespace sluice::match
