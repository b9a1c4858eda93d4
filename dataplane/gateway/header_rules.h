// HeaderRules: the header values that routes ask for, numbered, and which of them a request has.
//
// A rule is a name and a value, or a name and a regex (Kong's "~*"). Names and values compare without regard to case,
// and `_` in a name is read as `-`; a regex is looked for in the lower-cased value, and is itself lower-cased, as Kong
// does it. Part of a Router.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "http/header_map.h"
#include "match/prefix_trie.h"
#include "match/regex_set.h"
#include "sluice/result.h"

namespace sluice::gateway {

// Why it cannot be said what a request matches.
enum class Undecided : uint8_t {
  kNoMemory,
  kGivenUp,  // a regex took too much work
  kNotUtf8,  // what routes ask for is not UTF-8
};

struct BrokenRule {
  uint32_t rule;
  std::string message;
};

class HeaderRules {
 public:
  // Collects rules, then compiles them. Control side.
  class Builder {
   public:
    // The number of the rule; the same rule has the same number.
    uint32_t add(std::string_view name, std::string_view value);
    uint32_t size() const { return static_cast<uint32_t>(numbers_.size()); }
    // The error lists the rules whose regex cannot be compiled, and why.
    Result<HeaderRules, std::vector<BrokenRule>> compile(match::ScratchPlan& plan,
                                                         match::DatabaseMemory* databases) const;

   private:
    std::map<std::pair<std::string, std::string>, uint32_t>
        numbers_;  // by name, lower-case and with '-', and lower-case value
  };

  HeaderRules() = default;

  // The numbers of the rules that hold, each once, in no order; the span lives in the arena.
  Result<std::span<const uint32_t>, Undecided> holding(const http::HeaderMap& headers, Arena& arena,
                                                       match::Scratch& scratch) const;
  // The first field whose value the rules would look at and that is not UTF-8; nullptr: there is none.
  const http::Header* find_broken(const http::HeaderMap& headers) const;

 private:
  // The rules of one header name.
  struct Name {
    match::PrefixTrie values;
    std::vector<uint32_t> regex_numbers;  // by place in `regexes`
    match::RegexSet regexes;
  };
  class Found;

  const Name* name_of(std::string_view header_name) const;
  static std::optional<Undecided> match_value(const Name& name, std::string_view value, match::Scratch& scratch,
                                              Found& found);

  std::vector<Name> names_;
  match::PrefixTrie name_places_;
  uint32_t rules_ = 0;
};

}  // namespace sluice::gateway
