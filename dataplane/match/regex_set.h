// RegexSet: many regexes of Unicode and one subject: which of them match? PCRE2's answer at Hyperscan's cost.
//
// Hyperscan scans for all of them at once. PCRE2 decides about those that Hyperscan refuses, and, where the subject
// shows the difference, about those that the two may read differently (match/regex_text.h). Hyperscan could know the
// classes of Unicode, but then takes a minute to compile a hundred regexes that have one. Of what PCRE2 decides it
// tries only those whose literal beginning the subject has.
//
// Made on the control side, immutable afterwards, shared by all workers. Subjects are UTF-8 (match/utf8.h).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/hyperscan_set.h"
#include "match/pcre_pattern.h"
#include "match/prefix_trie.h"
#include "match/scratch.h"
#include "match/utf8.h"
#include "sluice/result.h"

namespace sluice::match {

class RegexSet {
 public:
  struct Broken {
    uint32_t place;
    std::string reason;
  };

  RegexSet() = default;
  // Regexes are known by their place in `texts`. The plan is grown to serve the set. databases: where one of these
  // regexes may be, or nullptr. The error lists every regex that cannot be compiled, and why.
  static Result<RegexSet, std::vector<Broken>> compile(std::span<const std::string> texts, Anchor anchor,
                                                       ScratchPlan& plan, DatabaseMemory* databases);

  // PCRE2 tries regexes in the order of their precedence, the lowest first, else in that of their places.
  // precedence: by place.
  void order_by(std::span<const uint32_t> precedence);

  // For the groups of a match.
  const PcrePattern& operator[](uint32_t place) const { return patterns_[place]; }

  enum class Search : uint8_t {
    kDone,
    kGivenUp,  // a match took too much work
    kFailed,   // Hyperscan could not scan
  };

  // Calls on_match(uint32_t place) for each regex that matches `subject`, once. PCRE2 does not try those of which
  // matters(uint32_t place) is false at the time. After all but kDone it is not known which others match.
  // REQUIRES: the subject is UTF-8.
  template <typename Matters, typename OnMatch>
  [[nodiscard]] Search search(std::string_view subject, Scratch& scratch, Matters&& matters, OnMatch&& on_match) const;

 private:
  // Regexes that PCRE2 decides about, by their literal beginning.
  class Candidates {
   public:
    Candidates() = default;
    explicit Candidates(std::map<std::string, std::vector<uint32_t>> places_by_beginning);
    void order_by(std::span<const uint32_t> precedence);
    template <typename Visit>
    void visit(std::string_view subject, Visit&& visit) const {
      beginnings_.prefixes_of(subject, [&](uint32_t beginning, size_t) {
        for (uint32_t place : places_[beginning]) visit(place);
      });
    }

   private:
    PrefixTrie beginnings_;
    std::vector<std::vector<uint32_t>> places_;  // by beginning
  };

  HyperscanSet set_;
  std::vector<PcrePattern> patterns_;  // all of them
  std::vector<bool> read_alike_;       // by place
  Candidates refused_;                 // by Hyperscan
  Candidates doubtful_;                // these, and those that are not read alike
};

template <typename Matters, typename OnMatch>
RegexSet::Search RegexSet::search(std::string_view subject, Scratch& scratch, Matters&& matters,
                                  OnMatch&& on_match) const {
  if (patterns_.empty()) return Search::kDone;
  const bool all_alike = !subject.ends_with('\n') && encoding_of(subject) == Encoding::kAscii;
  const auto on_hit = [&](uint32_t place) {
    if (all_alike || read_alike_[place]) on_match(place);
  };
  if (!set_.scan(subject, scratch, on_hit)) return Search::kFailed;
  bool given_up = false;
  (all_alike ? refused_ : doubtful_).visit(subject, [&](uint32_t place) {
    if (given_up || !matters(place)) return;
    const Outcome outcome = patterns_[place].test(subject, scratch);
    given_up = outcome == Outcome::kGivenUp;
    if (outcome == Outcome::kFound) on_match(place);
  });
  return given_up ? Search::kGivenUp : Search::kDone;
}

}  // namespace sluice::match
