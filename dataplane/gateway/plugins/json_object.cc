#include "gateway/plugins/json_object.h"

#include <algorithm>
#include <array>

#include "gateway/plugins/json_scanner.h"
#include "gateway/text.h"
#include "http/characters.h"

namespace sluice::gateway {

namespace {

// Calls `visit(name, value)` for each member. False: the text is no JSON object.
template <typename Visit>
bool for_each_member(std::string_view text, Visit&& visit) {
  JsonScanner scanner(text);
  scanner.skip_space();
  if (!scanner.take('{')) return false;
  scanner.skip_space();
  bool more = !scanner.take('}');
  while (more) {
    scanner.skip_space();
    const std::string_view name = scanner.take_string();
    scanner.skip_space();
    if (name.empty() || !scanner.take(':')) return false;
    const std::string_view value = scanner.take_value();
    if (value.empty()) return false;
    visit(name, value);
    scanner.skip_space();
    more = scanner.take(',');
    if (!more && !scanner.take('}')) return false;
  }
  scanner.skip_space();
  return scanner.at_end();
}

bool is_json(std::string_view text) {
  JsonScanner scanner(text);
  if (scanner.take_value().empty()) return false;
  scanner.skip_space();
  return scanner.at_end();
}

uint32_t hex_of(std::string_view four) {
  uint32_t value = 0;
  for (char c : four) value = value << 4 | static_cast<uint32_t>(http::hex_digit(c));
  return value;
}

char* put_utf8(char* out, uint32_t point) {
  if (point < 0x80) {
    *out++ = static_cast<char>(point);
  } else if (point < 0x800) {
    *out++ = static_cast<char>(0xc0 | point >> 6);
    *out++ = static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    *out++ = static_cast<char>(0xe0 | point >> 12);
    *out++ = static_cast<char>(0x80 | (point >> 6 & 0x3f));
    *out++ = static_cast<char>(0x80 | (point & 0x3f));
  } else {
    *out++ = static_cast<char>(0xf0 | point >> 18);
    *out++ = static_cast<char>(0x80 | (point >> 12 & 0x3f));
    *out++ = static_cast<char>(0x80 | (point >> 6 & 0x3f));
    *out++ = static_cast<char>(0x80 | (point & 0x3f));
  }
  return out;
}

// Takes "uXXXX", or two of them that are a surrogate pair, from the front of what follows a backslash.
uint32_t take_unicode(std::string_view& rest) {
  constexpr uint32_t kReplacement = 0xfffd;
  const uint32_t first = hex_of(rest.substr(1, 4));
  rest.remove_prefix(5);
  if (first < 0xd800 || first > 0xdfff) return first;
  const bool paired = first < 0xdc00 && rest.starts_with("\\u");
  const uint32_t second = paired ? hex_of(rest.substr(2, 4)) : 0;
  if (second < 0xdc00 || second > 0xdfff) return kReplacement;
  rest.remove_prefix(6);
  return 0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00));
}

char unescaped(char c) {
  constexpr std::string_view kNames = "bfnrt";
  constexpr std::string_view kBytes = "\b\f\n\r\t";
  const size_t at = kNames.find(c);
  return at == std::string_view::npos ? c : kBytes[at];
}

// Takes one character from the front of a string's inside; returns what it means. REQUIRES: !rest.empty().
std::string_view take_character(std::string_view& rest, std::array<char, 4>& room) {
  const char c = rest[0];
  if (c == '\\' && rest[1] == 'u') {
    rest.remove_prefix(1);
    return {room.data(), put_utf8(room.data(), take_unicode(rest))};
  }
  room[0] = c == '\\' ? unescaped(rest[1]) : c;
  rest.remove_prefix(c == '\\' ? 2 : 1);
  return {room.data(), 1};
}

std::string_view without_quotes(std::string_view quoted) {
  return quoted.substr(1, quoted.size() - 2);
}

// Whether a JSON string means `text`.
bool means(std::string_view quoted, std::string_view text) {
  std::array<char, 4> room;
  for (std::string_view rest = without_quotes(quoted); !rest.empty();) {
    const std::string_view character = take_character(rest, room);
    if (!text.starts_with(character)) return false;
    text.remove_prefix(character.size());
  }
  return text.empty();
}

}  // namespace

std::string_view to_json_string(Arena& arena, std::string_view text) {
  return concat(arena, {"\"", escape_json(arena, text), "\""});
}

std::string_view from_json_string(Arena& arena, std::string_view quoted) {
  std::string_view rest = without_quotes(quoted);
  if (rest.find('\\') == std::string_view::npos) return rest;
  const std::span<char> room = arena.try_array<char>(rest.size());
  if (room.empty()) return {};
  char* end = room.data();
  std::array<char, 4> character;
  while (!rest.empty()) end = std::ranges::copy(take_character(rest, character), end).out;
  return {room.data(), end};
}

JsonObject::Parsed JsonObject::parse(Arena& arena, std::string_view text, size_t room_for) {
  size_t count = 0;
  if (!for_each_member(text, [&count](std::string_view, std::string_view) { ++count; })) {
    return {is_json(text) ? Fault::kNotObject : Fault::kMalformed, {}};
  }
  Parsed parsed{Fault::kNone, {}};
  JsonObject& object = parsed.object;
  object.arena_ = &arena;
  // One more, so that an empty object has an array too.
  object.room_ = arena.try_array<Member>(count + room_for + 1);
  if (object.room_.empty()) return {Fault::kNoMemory, {}};
  for_each_member(
      text, [&object](std::string_view name, std::string_view value) { object.room_[object.size_++] = {name, value}; });
  return parsed;
}

std::optional<std::string_view> JsonObject::find(std::string_view name) const {
  for (size_t i = size_; i > 0; --i) {
    if (means(room_[i - 1].name, name)) return room_[i - 1].value;
  }
  return std::nullopt;
}

void JsonObject::remove(std::string_view name) {
  const auto removed =
      std::ranges::remove_if(members(), [name](const Member& member) { return means(member.name, name); });
  size_ -= removed.size();
}

void JsonObject::rename(std::string_view old_name, std::string_view new_name) {
  const std::optional<std::string_view> value = find(old_name);
  if (!value || old_name == new_name) return;
  remove(new_name);
  remove(old_name);
  const std::string_view quoted = to_json_string(*arena_, new_name);
  if (quoted.data() != nullptr) room_[size_++] = {quoted, *value};
}

bool JsonObject::set(std::string_view name, std::string_view value) {
  remove(name);
  const std::string_view quoted = to_json_string(*arena_, name);
  if (quoted.data() == nullptr || size_ == room_.size()) return false;
  room_[size_++] = {quoted, value};
  return true;
}

std::string_view JsonObject::encode() const {
  size_t size = 2;
  for (const Member& member : members()) size += member.name.size() + member.value.size() + 2;
  const std::span<char> room = arena_->try_array<char>(size);
  if (room.empty()) return {};
  char* end = room.data();
  *end++ = '{';
  for (const Member& member : members()) {
    if (&member != room_.data()) *end++ = ',';
    end = std::ranges::copy(member.name, end).out;
    *end++ = ':';
    end = std::ranges::copy(member.value, end).out;
  }
  *end++ = '}';
  return {room.data(), end};
}

std::string_view append_json(Arena& arena, std::optional<std::string_view> present, std::string_view value) {
  if (present && present->starts_with('"')) return concat(arena, {"[", *present, ",", value, "]"});
  if (!present || !present->starts_with('[')) {
    // An object stays as it is: there is no place in it for a value without a name.
    return present && present->starts_with('{') ? *present : concat(arena, {"[", value, "]"});
  }
  const std::string_view elements = present->substr(0, present->size() - 1);
  const bool empty = elements.find_first_not_of(" \t\r\n", 1) == std::string_view::npos;
  return concat(arena, {elements, empty ? "" : ",", value, "]"});
}

}  // namespace sluice::gateway
