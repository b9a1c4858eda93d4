#include "match/regex_set.h"

#include <algorithm>
#include <utility>

#include "match/regex_text.h"

namespace sluice::match {
namespace {

Result<std::vector<PcrePattern>, std::vector<RegexSet::Broken>> compile_each(std::span<const std::string> texts,
                                                                             Anchor anchor) {
  std::vector<PcrePattern> patterns;
  std::vector<RegexSet::Broken> broken;
  for (uint32_t place = 0; place < texts.size(); ++place) {
    auto pattern = PcrePattern::compile(texts[place], anchor, LetterCase::kSensitive, Characters::kUnicode);
    if (pattern) {
      patterns.push_back(std::move(pattern).value());
    } else {
      broken.push_back({place, pattern.error()});
    }
  }
  if (!broken.empty()) return broken;
  return patterns;
}

}  // namespace

Result<RegexSet, std::vector<RegexSet::Broken>> RegexSet::compile(std::span<const std::string> texts, Anchor anchor,
                                                                  ScratchPlan& plan, DatabaseMemory* databases) {
  auto patterns = compile_each(texts, anchor);
  if (!patterns) return patterns.take_error();
  RegexSet set;
  set.patterns_ = std::move(patterns).value();
  std::vector<HyperscanSet::Pattern> scanned;
  for (const std::string& text : texts) {
    scanned.push_back({text, anchor, LetterCase::kSensitive, Characters::kUnicode});
    set.read_alike_.push_back(is_read_alike(text));
  }
  set.set_ = HyperscanSet(scanned, plan, databases);
  std::map<std::string, std::vector<uint32_t>> refused;
  std::map<std::string, std::vector<uint32_t>> doubtful;
  for (uint32_t place = 0; place < texts.size(); ++place) {
    const bool is_refused = std::ranges::binary_search(set.set_.refused(), place);
    const std::string beginning(anchor == Anchor::kNone ? std::string_view() : literal_beginning(texts[place]));
    if (is_refused) refused[beginning].push_back(place);
    if (is_refused || !set.read_alike_[place]) doubtful[beginning].push_back(place);
  }
  set.refused_ = Candidates(std::move(refused));
  set.doubtful_ = Candidates(std::move(doubtful));
  return set;
}

void RegexSet::order_by(std::span<const uint32_t> precedence) {
  refused_.order_by(precedence);
  doubtful_.order_by(precedence);
}

RegexSet::Candidates::Candidates(std::map<std::string, std::vector<uint32_t>> places_by_beginning) {
  std::vector<PrefixTrie::Entry> entries;
  for (auto& [beginning, places] : places_by_beginning) {
    entries.emplace_back(beginning, static_cast<uint32_t>(places_.size()));
    places_.push_back(std::move(places));
  }
  beginnings_ = PrefixTrie(std::move(entries));
}

void RegexSet::Candidates::order_by(std::span<const uint32_t> precedence) {
  for (std::vector<uint32_t>& places : places_) {
    std::ranges::sort(places, {}, [&](uint32_t place) { return precedence[place]; });
  }
}

}  // namespace sluice::match
