// PcrePattern: one compiled regular expression (PCRE2, JIT) with numbered and named groups.
//
// Compiled on the control side, immutable afterwards, shared by all workers; matching writes to the worker's Scratch
// and allocates nothing. `$` is the end of the subject alone, not before a line feed there: who guards `/a$` has no
// second `/a` in mind. Work is bounded (kMatchLimit, kMatchStackBytes): a match that would take more is given up.
// Whether the subject matches is then not known, and it is for the caller to say what is safe: whoever writes the
// subject also chooses how much work it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "match/scratch.h"
#include "sluice/result.h"

struct pcre2_real_code_8;

namespace sluice::match {

enum class Anchor : uint8_t {
  kNone,   // matches anywhere in the subject
  kStart,  // must match at its first byte
  kBoth,   // must match all of it
};

enum class LetterCase : uint8_t { kSensitive, kInsensitive };

// What a pattern and its subjects consist of.
enum class Characters : uint8_t {
  kBytes,    // classes and letter case are those of ASCII
  kUnicode,  // code points; classes and letter case are those of Unicode
};

enum class Outcome : uint8_t {
  kNone,     // the subject does not match
  kFound,    // it does
  kGivenUp,  // it would have taken too much work to find out
};

// Where the groups of a match stand. Valid until the scratch is used again.
class Captures {
 public:
  // Groups that the pattern has, group 0 (the whole match) included.
  uint32_t size() const { return size_; }
  // The text of a group; nullopt for one that took no part in the match. REQUIRES: group < size().
  std::optional<std::string_view> operator[](uint32_t group) const;

 private:
  friend class PcrePattern;
  Captures(std::string_view subject, const Scratch& scratch, uint32_t size)
      : subject_(subject), scratch_(&scratch), size_(size) {}

  std::string_view subject_;
  const Scratch* scratch_;
  uint32_t size_;
};

class PcrePattern {
 public:
  struct Match {
    Outcome outcome;
    Captures captures;  // of kFound alone
  };

  // The error says what is wrong with the text, and at which offset.
  static Result<PcrePattern, std::string> compile(std::string_view text, Anchor anchor = Anchor::kNone,
                                                  LetterCase letter_case = LetterCase::kSensitive,
                                                  Characters characters = Characters::kBytes);
  ~PcrePattern();
  PcrePattern(PcrePattern&& other) noexcept;
  PcrePattern& operator=(PcrePattern&& other) noexcept;

  // The first match and its groups. REQUIRES: the subject of a pattern of Unicode is UTF-8 (match/utf8.h).
  Match match(std::string_view subject, Scratch& scratch) const;
  // Where the groups do not matter.
  Outcome test(std::string_view subject, Scratch& scratch) const { return match(subject, scratch).outcome; }

  struct Group {
    std::string name;
    uint32_t number = 0;
  };
  // Groups that have names, by number.
  const std::vector<Group>& named_groups() const { return named_groups_; }
  // Groups, group 0 included; at most kMaxGroups.
  uint32_t group_count() const { return group_count_; }

 private:
  explicit PcrePattern(pcre2_real_code_8* code);

  pcre2_real_code_8* code_;
  uint32_t group_count_ = 1;
  std::vector<Group> named_groups_;
};

}  // namespace sluice::match
