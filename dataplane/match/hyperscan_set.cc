#include "match/hyperscan_set.h"

#include <hs/hs.h>

#include <utility>

namespace sluice::match {
namespace {

// The anchors are said in the pattern: Hyperscan has no flag for them. A pattern whose text would close the group (or
// comments it out) does not compile so and is refused.
std::string anchored(const HyperscanSet::Pattern& pattern) {
  switch (pattern.anchor) {
    case Anchor::kNone:
      return pattern.text;
    case Anchor::kStart:
      return "^(?:" + pattern.text + ")";
    case Anchor::kBoth:
      return "^(?:" + pattern.text + ")\\z";
  }
  return pattern.text;
}

unsigned flags(LetterCase letter_case) {
  unsigned flags = HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY;
  if (letter_case == LetterCase::kInsensitive) flags |= HS_FLAG_CASELESS;
  return flags;
}

// What hs_compile_multi takes, for the patterns not yet refused.
struct CompileInput {
  std::vector<std::string> texts;
  std::vector<const char*> expressions;
  std::vector<unsigned> flags;
  std::vector<unsigned> places;

  void add(const HyperscanSet::Pattern& pattern, uint32_t place) {
    texts.push_back(anchored(pattern));
    flags.push_back(match::flags(pattern.letter_case));
    places.push_back(place);
  }
  void erase(size_t i) {
    texts.erase(texts.begin() + static_cast<ptrdiff_t>(i));
    flags.erase(flags.begin() + static_cast<ptrdiff_t>(i));
    places.erase(places.begin() + static_cast<ptrdiff_t>(i));
  }
};

bool is_supported(const std::string& text, unsigned flags) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  const hs_error_t result = hs_expression_info(text.c_str(), flags, &info, &error);
  std::free(info);
  if (error != nullptr) hs_free_compile_error(error);
  return result == HS_SUCCESS && text.find('\0') == std::string::npos;
}

}  // namespace

HyperscanSet::HyperscanSet(std::span<const Pattern> patterns, ScratchPlan& plan) {
  CompileInput input;
  for (uint32_t place = 0; place < patterns.size(); ++place) input.add(patterns[place], place);
  for (size_t i = input.texts.size(); i-- > 0;) {
    if (!is_supported(input.texts[i], input.flags[i])) input.erase(i);
  }
  // hs_expression_info does not find every reason to refuse: what compiling finds is taken out, one at a time.
  while (!input.texts.empty() && database_ == nullptr) {
    input.expressions.clear();
    for (const std::string& text : input.texts) input.expressions.push_back(text.c_str());
    hs_compile_error_t* error = nullptr;
    const auto count = static_cast<unsigned>(input.texts.size());
    if (hs_compile_multi(input.expressions.data(), input.flags.data(), input.places.data(), count, HS_MODE_BLOCK,
                         nullptr, &database_, &error) == HS_SUCCESS) {
      break;
    }
    // A negative place: the set as a whole failed (too large, no memory). The last pattern is given up.
    const size_t culprit =
        error != nullptr && error->expression >= 0 ? static_cast<size_t>(error->expression) : input.texts.size() - 1;
    if (error != nullptr) hs_free_compile_error(error);
    input.erase(culprit);
  }
  if (database_ != nullptr && !plan.include(database_)) {
    hs_free_database(std::exchange(database_, nullptr));
    input.places.clear();
  }
  for (uint32_t place = 0, kept = 0; place < patterns.size(); ++place) {
    if (kept < input.places.size() && input.places[kept] == place) {
      ++kept;
    } else {
      refused_.push_back(place);
    }
  }
}

HyperscanSet::~HyperscanSet() {
  if (database_ != nullptr) hs_free_database(database_);
}

HyperscanSet::HyperscanSet(HyperscanSet&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), refused_(std::move(other.refused_)) {}

HyperscanSet& HyperscanSet::operator=(HyperscanSet&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(refused_, other.refused_);
  return *this;
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
