#include "gateway/plugins/query.h"

#include <span>

#include "http/characters.h"

namespace sluice::gateway {

namespace {

// WHATWG URL: what application/x-www-form-urlencoded leaves as it is.
constexpr http::CharacterSet kFormBytes = http::CharacterSet("*-._").with_alphanumeric();

char* form_encode(std::string_view text, char* out) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  for (char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (kFormBytes.contains(c)) {
      *out++ = c;
    } else if (c == ' ') {
      *out++ = '+';
    } else {
      *out++ = '%';
      *out++ = kHexDigits[byte >> 4];
      *out++ = kHexDigits[byte & 15];
    }
  }
  return out;
}

std::string_view decode(Arena& arena, std::string_view text) {
  return http::percent_decode(arena, text, http::Plus::kSpace);
}

// An argument as remove_argument() has it again.
struct Decoded {
  std::string_view name;
  std::string_view value;
};

// Nothing: no room.
std::optional<Decoded> decode(Arena& arena, const http::QueryArgument& argument) {
  const Decoded decoded{decode(arena, argument.name), decode(arena, argument.value)};
  const bool lost = (decoded.name.data() == nullptr && !argument.name.empty()) ||
                    (decoded.value.data() == nullptr && !argument.value.empty());
  return lost ? std::nullopt : std::optional(decoded);
}

}  // namespace

std::optional<std::string_view> decoded_value(Arena& arena, const http::QueryArgument& argument) {
  if (!argument.has_value) return std::nullopt;
  return decode(arena, argument.value);
}

bool is_named(Arena& arena, const http::QueryArgument& argument, std::string_view name) {
  // Decoding never makes a text longer.
  return argument.name.size() >= name.size() && decode(arena, argument.name) == name;
}

ArgumentValues find_argument(Arena& arena, std::string_view query, std::string_view name) {
  ArgumentValues values;
  http::QueryReader reader(query);
  while (const std::optional<http::QueryArgument> argument = reader.next()) {
    if (is_named(arena, *argument, name) && values.count++ == 0) values.first = decoded_value(arena, *argument);
  }
  return values;
}

std::string_view remove_argument(Arena& arena, std::string_view query, std::string_view name) {
  // Each byte becomes three at most; the "=" of an argument is paid for by the separator before the next.
  const std::span<char> room = arena.try_array<char>(query.size() * 3 + 2);
  if (room.empty()) return {};
  char* end = room.data();
  http::QueryReader reader(query);
  while (const std::optional<http::QueryArgument> argument = reader.next()) {
    const std::optional<Decoded> decoded = decode(arena, *argument);
    if (!decoded) return {};
    if (decoded->name == name) continue;
    if (end != room.data()) *end++ = '&';
    end = form_encode(decoded->name, end);
    *end++ = '=';
    end = form_encode(decoded->value, end);
  }
  return {room.data(), end};
}

}  // namespace sluice::gateway
