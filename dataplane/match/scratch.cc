#include "match/scratch.h"

#include <hs/hs_runtime.h>

#include <new>

#include "match/pcre.h"

namespace sluice::match {

namespace {

// What a match that is interpreted may remember of the ways it has not tried yet: as much as the longest targets need,
// a frame of some hundred bytes for each character. PCRE2's own bound is 20 GB.
constexpr uint32_t kMatchHeapKibibytes = 8 << 10;

}  // namespace

Scratch::~Scratch() {
  if (hyperscan_ != nullptr) hs_free_scratch(hyperscan_);
  pcre2_match_data_free(pcre_data_);
  pcre2_match_context_free(pcre_context_);
  pcre2_jit_stack_free(pcre_stack_);
}

ScratchPlan::~ScratchPlan() {
  if (prototype_ != nullptr) hs_free_scratch(prototype_);
}

bool ScratchPlan::include(const hs_database* database) {
  return hs_alloc_scratch(database, &prototype_) == HS_SUCCESS;
}

std::unique_ptr<Scratch> ScratchPlan::make() const {
  std::unique_ptr<Scratch> scratch(new (std::nothrow) Scratch);
  if (scratch == nullptr) return nullptr;
  scratch->pcre_context_ = pcre2_match_context_create(nullptr);
  scratch->pcre_data_ = pcre2_match_data_create(kMaxGroups, nullptr);
  if (scratch->pcre_context_ == nullptr || scratch->pcre_data_ == nullptr) return nullptr;
  pcre2_set_match_limit(scratch->pcre_context_, kMatchLimit);
  pcre2_set_heap_limit(scratch->pcre_context_, kMatchHeapKibibytes);
  scratch->pcre_stack_ = pcre2_jit_stack_create(kMatchStackBytes, kMatchStackBytes, nullptr);
  if (scratch->pcre_stack_ != nullptr) pcre2_jit_stack_assign(scratch->pcre_context_, nullptr, scratch->pcre_stack_);
  if (prototype_ != nullptr && hs_clone_scratch(prototype_, &scratch->hyperscan_) != HS_SUCCESS) return nullptr;
  return scratch;
}

}  // namespace sluice::match
