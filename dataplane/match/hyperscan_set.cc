#include "match/hyperscan_set.h"

#include <hs/hs_runtime.h>

#include <numeric>
#include <utility>

namespace sluice::match {

HyperscanSet::HyperscanSet(std::shared_ptr<const HyperscanDatabase> database, ScratchPlan& plan)
    : owner_(std::move(database)), refused_(owner_->refused()) {
  if (owner_->get() != nullptr && plan.include(owner_->get())) database_ = owner_->get();
}

HyperscanSet::HyperscanSet(std::span<const Pattern> patterns, ScratchPlan& plan, DatabaseMemory* databases)
    : HyperscanSet(databases == nullptr ? std::make_shared<const HyperscanDatabase>(patterns)
                                        : databases->find_or_compile(patterns),
                   plan) {
  if (database_ != nullptr) return;
  refused_.resize(patterns.size());
  std::iota(refused_.begin(), refused_.end(), 0);
}

bool HyperscanSet::scan_erased(std::string_view subject, Scratch& scratch, OnMatch on_match, void* visitor) const {
  if (database_ == nullptr) return true;
  struct Call {
    OnMatch on_match;
    void* visitor;
  } call{on_match, visitor};
  const auto on_event = [](unsigned place, unsigned long long, unsigned long long, unsigned, void* context) {
    const Call& c = *static_cast<const Call*>(context);
    c.on_match(c.visitor, place);
    return 0;  // go on
  };
  return hs_scan(database_, subject.data(), static_cast<unsigned>(subject.size()), 0, scratch.hyperscan_, on_event,
                 &call) == HS_SUCCESS;
}

}  // namespace sluice::match
