// Origins (RFC 6454) as the cors plugin compares them. Kong's rules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "match/pcre_pattern.h"
#include "sluice/result.h"

namespace sluice::gateway {

// An origin without what makes no difference: a default port, a path. What cannot be split ("null") is all of both.
struct NormalOrigin {
  std::string_view text;  // scheme://host[:port]; in the arena, or the input itself
  std::string_view host;
};
// text.data() == nullptr: no room.
NormalOrigin normalise_origin(Arena& arena, std::string_view origin);

// The entries of a configuration's `origins`: literal origins, or regexes. An entry without ':' is about the host
// alone.
class OriginList {
 public:
  // The error names the entry that cannot be compiled.
  static Result<OriginList, std::string> compile(const std::vector<std::string>& origins);

  // kGivenUp: no entry is known to match, and one took too much work.
  match::Outcome find(const NormalOrigin& origin, match::Scratch& scratch) const;

 private:
  struct Regex {
    match::PcrePattern pattern;
    bool by_host;
  };
  std::vector<std::string> literals_;  // normalised
  std::vector<Regex> regexes_;
};

// True for an entry that is a literal origin, not a regex.
bool is_literal_origin(std::string_view entry);

}  // namespace sluice::gateway
