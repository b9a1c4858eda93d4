#include "edge/substitution.h"

#include <algorithm>
#include <cstring>

namespace sluice::edge {

Groups::Groups(const match::Captures& captures) {
  for (uint32_t i = 0; i < std::min<uint32_t>(captures.size(), kCount); ++i) groups_[i] = captures[i].value_or("");
}

Result<Substitution, std::string> Substitution::parse(std::string_view text, uint32_t group_count) {
  Substitution made;
  Piece piece;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      piece.literal.push_back(text[i]);
      continue;
    }
    const char next = ++i < text.size() ? text[i] : '\0';
    if (next == '$') {
      piece.literal.push_back('$');
    } else if (next >= '0' && next <= '9') {
      piece.group = static_cast<uint8_t>(next - '0');
      if (*piece.group >= group_count) {
        return "'$" + std::string(1, next) + "' names a group that the pattern does not have";
      }
      made.pieces_.push_back(std::move(piece));
      piece = Piece();
    } else {
      return std::string("a '$' stands before a digit, or doubled for itself");
    }
  }
  if (!piece.literal.empty()) made.pieces_.push_back(std::move(piece));
  return made;
}

std::string_view Substitution::expand(const Groups& groups, Arena& arena) const {
  size_t size = 0;
  for (const Piece& piece : pieces_) size += piece.literal.size() + (piece.group ? groups[*piece.group].size() : 0);
  const std::span<char> room = arena.try_array<char>(std::max<size_t>(size, 1));
  if (room.empty()) return {};
  char* write = room.data();
  const auto append = [&](std::string_view text) {
    if (!text.empty()) std::memcpy(write, text.data(), text.size());
    write += text.size();
  };
  for (const Piece& piece : pieces_) {
    append(piece.literal);
    if (piece.group) append(groups[*piece.group]);
  }
  return {room.data(), size};
}

std::string Substitution::literals() const {
  std::string text;
  for (const Piece& piece : pieces_) text += piece.literal;
  return text;
}

bool Substitution::uses_groups() const {
  return std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.group.has_value(); });
}

}  // namespace sluice::edge
