#include "http/url.h"

#include <array>
#include <cstring>

namespace sluice::http {

namespace {

constexpr CharacterSet kReserved("!#$&'()*+,/:;=?@[]%");
constexpr CharacterSet kPathBytes = CharacterSet("!#$&'()*+,/:;=?@[]-_.~%").with_alphanumeric();
constexpr CharacterSet kArgumentBytes = CharacterSet("-_.~!'()*").with_alphanumeric();

struct Escape {
  bool valid = false;
  char byte = 0;
};

// The escape that begins at text[at], which is '%'.
Escape escape_at(std::string_view text, size_t at) {
  if (text.size() - at < 3) return {};
  const int high = hex_digit(text[at + 1]);
  const int low = hex_digit(text[at + 2]);
  if (high < 0 || low < 0) return {};
  return {true, static_cast<char>(high * 16 + low)};
}

char upper_hex(char digit) {
  return digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
}

// True when the path has nothing that normalising could change.
bool is_normal(std::string_view path) {
  if (path.find('%') != std::string_view::npos) return false;
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    if (slash + 1 < path.size() && (path[slash + 1] == '/' || path[slash + 1] == '.')) return false;
  }
  return true;
}

// Decodes all but reserved bytes into `out`, which has room for path.size(); returns how many bytes it wrote.
size_t decode_unreserved(std::string_view path, char* out) {
  char* end = out;
  for (size_t i = 0; i < path.size(); ++i) {
    const Escape escape = path[i] == '%' ? escape_at(path, i) : Escape();
    if (!escape.valid) {
      *end++ = path[i];
    } else {
      if (kReserved.contains(escape.byte)) {
        *end++ = '%';
        *end++ = upper_hex(path[i + 1]);
        *end++ = upper_hex(path[i + 2]);
      } else {
        *end++ = escape.byte;
      }
      i += 2;
    }
  }
  return static_cast<size_t>(end - out);
}

// Removes dot segments (RFC 3986 5.2.4) and empty segments in place; returns the new size. text[0] is '/'.
size_t remove_dot_segments(char* text, size_t size) {
  size_t out = 0;
  for (size_t in = 0; in < size;) {
    const void* slash = std::memchr(text + in + 1, '/', size - in - 1);
    const size_t end = slash == nullptr ? size : static_cast<size_t>(static_cast<const char*>(slash) - text);
    const std::string_view segment(text + in, end - in);  // with its leading slash
    if (segment == "/..") {
      while (out > 0 && text[--out] != '/') {
      }
    }
    const bool dots = segment == "/." || segment == "/..";
    if (dots || segment == "/") {
      // What ends in a dot segment or a slash keeps its slash.
      if (end == size) text[out++] = '/';
    } else {
      std::memmove(text + out, text + in, segment.size());
      out += segment.size();
    }
    in = end;
  }
  return out;
}

template <typename MustEncode>
std::string_view encode(Arena& arena, std::string_view text, MustEncode&& must_encode) {
  size_t extra = 0;
  for (char c : text) extra += must_encode(c) ? 2 : 0;
  if (extra == 0) return text;
  const std::span<char> room = arena.try_array<char>(text.size() + extra);
  char* out = room.data();
  if (out == nullptr) return {};
  for (char c : text) {
    if (must_encode(c)) {
      *out++ = '%';
      *out++ = "0123456789ABCDEF"[static_cast<uint8_t>(c) >> 4];
      *out++ = "0123456789ABCDEF"[static_cast<uint8_t>(c) & 15];
    } else {
      *out++ = c;
    }
  }
  return {room.data(), room.size()};
}

// How a segment changes the depth: a normal one by 1, "." by 0, ".." by -1; escaped dots count.
int depth_of(std::string_view segment) {
  unsigned dots = 0;
  for (size_t i = 0; i < segment.size(); ++i) {
    char c = segment[i];
    if (c == '%') {
      c = escape_at(segment, i).byte;
      i += 2;
    }
    if (c != '.' || ++dots > 2) return 1;
  }
  return dots == 1 || segment.empty() ? 0 : -1;
}

}  // namespace

PathFault check_path(std::string_view path) {
  const bool escaped = path.find('%') != std::string_view::npos;
  for (size_t at = escaped ? path.find('%') : path.size(); at < path.size(); ++at) {
    if (path[at] != '%') continue;
    const Escape escape = escape_at(path, at);
    if (!escape.valid || escape.byte == '\0') return PathFault::kBadEscape;
  }
  if (!escaped && is_normal(path)) return PathFault::kGood;
  int depth = 0;
  for (size_t from = 0; from < path.size();) {
    const size_t slash = path.find('/', from);
    const size_t end = slash == std::string_view::npos ? path.size() : slash;
    depth += depth_of(path.substr(from, end - from));
    if (depth < 0) return PathFault::kAboveRoot;
    from = end + 1;
  }
  return PathFault::kGood;
}

std::string_view normalise_path(Arena& arena, std::string_view path) {
  if (is_normal(path)) return path;
  const std::span<char> room = arena.try_array<char>(path.size());
  if (room.data() == nullptr) return {};
  const size_t decoded = decode_unreserved(path, room.data());
  return {room.data(), remove_dot_segments(room.data(), decoded)};
}

std::string_view escape_path(Arena& arena, std::string_view path) {
  return percent_encode(arena, path, kPathBytes);
}

std::string_view percent_encode(Arena& arena, std::string_view text) {
  return percent_encode(arena, text, kArgumentBytes);
}

std::string_view percent_encode(Arena& arena, std::string_view text, const CharacterSet& kept) {
  return encode(arena, text, [&kept](char c) { return !kept.contains(c); });
}

std::string_view percent_decode(Arena& arena, std::string_view text, Plus plus) {
  const bool spaces = plus == Plus::kSpace;
  if (text.find_first_of(spaces ? "%+" : "%") == std::string_view::npos) return text;
  const std::span<char> room = arena.try_array<char>(text.size());
  if (room.data() == nullptr) return {};
  char* out = room.data();
  for (size_t i = 0; i < text.size(); ++i) {
    const Escape escape = text[i] == '%' ? escape_at(text, i) : Escape();
    if (escape.valid) {
      *out++ = escape.byte;
      i += 2;
    } else {
      *out++ = spaces && text[i] == '+' ? ' ' : text[i];
    }
  }
  return {room.data(), static_cast<size_t>(out - room.data())};
}

std::optional<QueryArgument> QueryReader::next() {
  while (!rest_.empty()) {
    const size_t ampersand = rest_.find('&');
    const std::string_view one = rest_.substr(0, ampersand);
    rest_ = ampersand == std::string_view::npos ? std::string_view() : rest_.substr(ampersand + 1);
    if (one.empty()) continue;
    const size_t equals = one.find('=');
    if (equals == std::string_view::npos) return QueryArgument{one, {}, false};
    return QueryArgument{one.substr(0, equals), one.substr(equals + 1), true};
  }
  return std::nullopt;
}

}  // namespace sluice::http
