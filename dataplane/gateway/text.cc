#include "gateway/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::gateway {
namespace {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr char kHexDigits[] = "0123456789abcdef";

// What stands for one byte; empty: the byte itself. Uses `room` for what is no literal.
std::string_view json_escape(char c, std::array<char, 6>& room) {
  if (c == '"') return "\\\"";
  if (c == '\\') return "\\\\";
  if (c == '\n') return "\\n";
  const auto byte = static_cast<uint8_t>(c);
  if (byte >= 0x20) return {};
  room = {'\\', 'u', '0', '0', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
  return {room.data(), room.size()};
}

std::string_view markup_escape(char c, std::array<char, 6>&) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return {};
  }
}

template <typename EscapeByte>
std::string_view escape(Arena& arena, std::string_view text, EscapeByte&& escape_byte) {
  std::array<char, 6> room;
  size_t length = 0;
  for (char c : text) length += std::max<size_t>(1, escape_byte(c, room).size());
  if (length == text.size()) return text.data() == nullptr ? std::string_view("") : text;
  const auto out = arena.try_array<char>(length);
  if (out.empty()) return {};
  char* next = out.data();
  for (char c : text) {
    const std::string_view escaped = escape_byte(c, room);
    next = escaped.empty() ? (*next = c, next + 1) : std::copy(escaped.begin(), escaped.end(), next);
  }
  return {out.data(), out.size()};
}

}  // namespace

std::string_view concat(Arena& arena, std::initializer_list<std::string_view> parts) {
  size_t length = 0;
  for (std::string_view part : parts) {
    if (part.data() == nullptr) return {};
    length += part.size();
  }
  if (length == 0) return "";
  const auto out = arena.try_array<char>(length);
  if (out.empty()) return {};
  char* next = out.data();
  for (std::string_view part : parts) next = std::copy(part.begin(), part.end(), next);
  return {out.data(), out.size()};
}

std::string_view escape_json(Arena& arena, std::string_view text) {
  return escape(arena, text, json_escape);
}

std::string_view escape_markup(Arena& arena, std::string_view text) {
  return escape(arena, text, markup_escape);
}

std::string_view lower_case(Arena& arena, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return c == to_lower(c); })) return text;
  const auto out = arena.try_array<char>(text.size());
  if (out.empty()) return {};
  std::transform(text.begin(), text.end(), out.begin(), to_lower);
  return {out.data(), out.size()};
}

std::string_view to_decimal(Arena& arena, uint64_t number) {
  std::array<char, 20> room;
  const auto written = std::to_chars(room.data(), room.data() + room.size(), number);
  return arena.try_copy({room.data(), static_cast<size_t>(written.ptr - room.data())});
}

}  // namespace sluice::gateway
