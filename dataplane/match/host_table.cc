#include "match/host_table.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace sluice::match {
namespace {

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

enum class Kind : uint8_t { kExact, kBeginsWith, kEndsWith };

struct Pattern {
  Kind kind = Kind::kExact;
  std::string text;  // lower case, without the '*'; reversed for kEndsWith
  std::optional<Port> port;
};

// "host:port" where what follows the last ':' is a port and the rest is not an IPv6 address without brackets.
std::optional<Port> take_port(std::string_view& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find(':') < colon) {
    if (colon == std::string_view::npos || text[colon - 1] != ']') return std::nullopt;
  }
  uint16_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  text = text.substr(0, colon);
  return Port{value};
}

Pattern parse(std::string_view text) {
  Pattern pattern;
  pattern.port = take_port(text);
  if (text.starts_with('*')) {
    pattern.kind = Kind::kEndsWith;
    text.remove_prefix(1);
  } else if (text.ends_with('*')) {
    pattern.kind = Kind::kBeginsWith;
    text.remove_suffix(1);
  }
  pattern.text = text;
  std::transform(pattern.text.begin(), pattern.text.end(), pattern.text.begin(), to_lower);
  if (pattern.kind == Kind::kEndsWith) std::reverse(pattern.text.begin(), pattern.text.end());
  return pattern;
}

}  // namespace

HostTable::HostTable(std::span<const std::string> patterns) {
  std::array<std::map<std::string, uint32_t>, 3> groups_by_text;
  for (uint32_t place = 0; place < patterns.size(); ++place) {
    const Pattern pattern = parse(patterns[place]);
    auto& by_text = groups_by_text[static_cast<size_t>(pattern.kind)];
    const auto [group, added] = by_text.try_emplace(pattern.text, static_cast<uint32_t>(groups_.size()));
    if (added) groups_.emplace_back();
    groups_[group->second].push_back({pattern.port, place});
  }
  const auto trie = [&](Kind kind) {
    const auto& by_text = groups_by_text[static_cast<size_t>(kind)];
    return PrefixTrie(std::vector<PrefixTrie::Entry>(by_text.begin(), by_text.end()));
  };
  exact_ = trie(Kind::kExact);
  begins_with_ = trie(Kind::kBeginsWith);
  ends_with_ = trie(Kind::kEndsWith);
}

std::string_view HostTable::lower_case(std::string_view host, std::span<char, kMaxHostLength> room) {
  std::transform(host.begin(), host.end(), room.begin(), to_lower);
  return {room.data(), host.size()};
}

std::string_view HostTable::reverse(std::span<char, kMaxHostLength> room, size_t length) {
  std::reverse(room.begin(), room.begin() + static_cast<ptrdiff_t>(length));
  return {room.data(), length};
}

}  // namespace sluice::match
