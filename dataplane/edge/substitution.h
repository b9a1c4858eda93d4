// Substitution: a text with $0 to $9 for the groups of a match and $$ for a dollar sign, taken apart once.
//
// Parsed on the control side, immutable afterwards.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "match/pcre_pattern.h"
#include "sluice/result.h"

namespace sluice::edge {

// The groups of a match as a substitution reads them; one that took no part is empty. Views of the subject.
class Groups {
 public:
  static constexpr unsigned kCount = 10;

  Groups() = default;
  explicit Groups(const match::Captures& captures);

  std::string_view operator[](unsigned number) const { return groups_[number]; }
  // Replaces a group, e.g. by an escaped form of it.
  void set(unsigned number, std::string_view text) { groups_[number] = text; }

 private:
  std::array<std::string_view, kCount> groups_;
};

class Substitution {
 public:
  // The error says what is wrong: a '$' before anything but a digit or '$', or a group that the pattern does not have.
  // group_count: groups that may be named, group 0 included.
  static Result<Substitution, std::string> parse(std::string_view text, uint32_t group_count);

  // The text with its groups in place, in the arena; data() == nullptr: out of memory.
  [[nodiscard]] std::string_view expand(const Groups& groups, Arena& arena) const;

  // The text between the groups: for checks of what the user wrote.
  std::string literals() const;
  bool uses_groups() const;

 private:
  struct Piece {
    std::string literal;
    std::optional<uint8_t> group;  // follows the literal
  };
  std::vector<Piece> pieces_;
};

}  // namespace sluice::edge
