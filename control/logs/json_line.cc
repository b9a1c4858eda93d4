#include "logs/json_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace sluice::control {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_plain(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

bool is_continuation(char c) {
  return (static_cast<uint8_t>(c) & 0xC0) == 0x80;
}

// Bytes of the UTF-8 sequence (RFC 3629) that `text` begins with; 0: there is none.
size_t sequence_bytes(std::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  const size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length), is_continuation)) return 0;
  const auto second = static_cast<uint8_t>(text[1]);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second >= 0xA0;
  const bool beyond = first == 0xF4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

void append_control(std::string& out, char c) {
  out += "\\u00";
  out += kHex[static_cast<uint8_t>(c) >> 4];
  out += kHex[static_cast<uint8_t>(c) & 15];
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const size_t plain = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    size_t taken = 1;
    if (text[0] == '"' || text[0] == '\\') {
      out += '\\';
      out += text[0];
    } else if (static_cast<uint8_t>(text[0]) < 0x80) {
      append_control(out, text[0]);
    } else {
      const size_t bytes = sequence_bytes(text);
      out += bytes == 0 ? kReplacement : text.substr(0, bytes);
      taken = std::max<size_t>(bytes, 1);
    }
    text.remove_prefix(taken);
  }
}

void JsonLine::member(std::string_view name) {
  if (out_.back() != '{') out_ += ',';
  out_ += '"';
  out_ += name;
  out_ += "\":";
}

void JsonLine::text(std::string_view name, std::string_view value) {
  member(name);
  out_ += '"';
  append_escaped(out_, value);
  out_ += '"';
}

void JsonLine::number(std::string_view name, uint64_t value) {
  member(name);
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

void JsonLine::thousandths(std::string_view name, uint64_t value) {
  member(name);
  fmt::format_to(std::back_inserter(out_), "{}.{:03}", value / 1000, value % 1000);
}

void JsonLine::null(std::string_view name) {
  member(name);
  out_ += "null";
}

void JsonLine::digits(std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    out_ += kHex[byte >> 4];
    out_ += kHex[byte & 15];
  }
}

void JsonLine::hex(std::string_view name, std::span<const uint8_t> bytes) {
  member(name);
  out_ += '"';
  digits(bytes);
  out_ += '"';
}

void JsonLine::uuid(std::string_view name, std::span<const uint8_t, 16> id) {
  member(name);
  out_ += '"';
  digits(id.first(4));
  for (const size_t group : {4, 6, 8}) {
    out_ += '-';
    digits(id.subspan(group, 2));
  }
  out_ += '-';
  digits(id.last(6));
  out_ += '"';
}

void JsonLine::begin(std::string_view name) {
  member(name);
  out_ += '{';
}

}  // namespace sluice::control
