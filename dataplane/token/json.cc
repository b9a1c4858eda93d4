#include "token/json.h"

#include <charconv>

namespace sluice::token::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Recursive descent over one text; every step checks the end first. One failure ends it all.
class Parser {
 public:
  Parser(std::span<char> text, std::span<Node> nodes) : text_(text), nodes_(nodes) {}

  std::optional<size_t> parse_text() {
    skip_space();
    if (!parse_value(Name{}, 0)) return std::nullopt;
    skip_space();
    if (!at_end()) return std::nullopt;
    return node_count_;
  }

 private:
  struct Name {
    uint16_t at = 0;
    uint16_t size = 0;
  };
  using Extent = Name;

  bool at_end() const { return position_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }
  bool accept(char c) {
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  bool accept(std::string_view word) {
    if (std::string_view(text_.data(), text_.size()).substr(position_, word.size()) != word) return false;
    position_ += word.size();
    return true;
  }
  void skip_space() {
    while (!at_end()) {
      const char c = text_[position_];
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
      ++position_;
    }
  }

  bool parse_value(Name name, unsigned depth) {
    if (node_count_ == nodes_.size() || node_count_ == UINT16_MAX || depth > kMaxDepth) return false;
    Node& node = nodes_[node_count_++];
    node.name_at = name.at;
    node.name_size = name.size;
    const size_t start = position_;
    Extent extent;
    if (!parse_contents(node, extent, depth)) return false;
    if (node.kind != Kind::kString) extent = extent_from(start);
    node.text_at = extent.at;
    node.text_size = extent.size;
    node.next = static_cast<uint16_t>(node_count_);
    return true;
  }

  bool parse_contents(Node& node, Extent& string, unsigned depth) {
    switch (peek()) {
      case '{':
        node.kind = Kind::kObject;
        return parse_members(depth);
      case '[':
        node.kind = Kind::kArray;
        return parse_elements(depth);
      case '"':
        node.kind = Kind::kString;
        return parse_string(string);
      case 't':
        node.kind = Kind::kTrue;
        return accept("true");
      case 'f':
        node.kind = Kind::kFalse;
        return accept("false");
      case 'n':
        node.kind = Kind::kNull;
        return accept("null");
      default:
        node.kind = Kind::kNumber;
        return parse_number();
    }
  }

  bool parse_members(unsigned depth) {
    ++position_;
    skip_space();
    if (accept('}')) return true;
    do {
      skip_space();
      Name name;
      if (peek() != '"' || !parse_string(name)) return false;
      skip_space();
      if (!accept(':')) return false;
      skip_space();
      if (!parse_value(name, depth + 1)) return false;
      skip_space();
    } while (accept(','));
    return accept('}');
  }

  bool parse_elements(unsigned depth) {
    ++position_;
    skip_space();
    if (accept(']')) return true;
    do {
      skip_space();
      if (!parse_value(Name{}, depth + 1)) return false;
      skip_space();
    } while (accept(','));
    return accept(']');
  }

  // RFC 8259 section 6.
  bool parse_number() {
    accept('-');
    if (!accept('0') && !parse_digits()) return false;
    if (accept('.') && !parse_digits()) return false;
    if (accept('e') || accept('E')) {
      if (!accept('+')) accept('-');
      if (!parse_digits()) return false;
    }
    return true;
  }
  bool parse_digits() {
    const size_t start = position_;
    while (is_digit(peek())) ++position_;
    return position_ > start;
  }

  // Unescapes in place: what comes out is never longer than what goes in.
  bool parse_string(Extent& extent) {
    const size_t start = ++position_;
    size_t write = start;
    while (!at_end()) {
      const auto c = static_cast<uint8_t>(text_[position_]);
      if (c == '"') {
        extent = {static_cast<uint16_t>(start), static_cast<uint16_t>(write - start)};
        ++position_;
        return true;
      }
      if (c < 0x20) return false;
      const bool copied = c == '\\' ? copy_escape(write) : c < 0x80 ? copy_ascii(write) : copy_utf8(write);
      if (!copied) return false;
    }
    return false;
  }

  bool copy_ascii(size_t& write) {
    text_[write++] = text_[position_++];
    return true;
  }

  // One multi-byte sequence of RFC 3629 section 4: shortest form, no surrogates, at most U+10FFFF.
  bool copy_utf8(size_t& write) {
    const auto lead = static_cast<uint8_t>(text_[position_]);
    const unsigned length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text_.size() - position_ < length) return false;
    const auto second = static_cast<uint8_t>(text_[position_ + 1]);
    const uint8_t least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const uint8_t most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return false;
    for (unsigned i = 2; i < length; ++i) {
      if ((static_cast<uint8_t>(text_[position_ + i]) & 0xc0) != 0x80) return false;
    }
    for (unsigned i = 0; i < length; ++i) text_[write++] = text_[position_++];
    return true;
  }

  bool copy_escape(size_t& write) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    ++position_;
    if (accept('u')) return copy_code_point(write);
    const size_t which = at_end() ? std::string_view::npos : kLetters.find(text_[position_]);
    if (which == std::string_view::npos) return false;
    ++position_;
    text_[write++] = kMeanings[which];
    return true;
  }

  // Behind "\u": four digits, or two surrogates that make one character. A lone surrogate is no character.
  bool copy_code_point(size_t& write) {
    std::optional<uint32_t> unit = hex4();
    if (!unit || (*unit >= 0xdc00 && *unit < 0xe000)) return false;
    uint32_t code = *unit;
    if (code >= 0xd800 && code < 0xdc00) {
      if (!accept("\\u")) return false;
      const std::optional<uint32_t> low = hex4();
      if (!low || *low < 0xdc00 || *low >= 0xe000) return false;
      code = 0x10000 + ((code - 0xd800) << 10) + (*low - 0xdc00);
    }
    write_utf8(code, write);
    return true;
  }

  std::optional<uint32_t> hex4() {
    if (text_.size() - position_ < 4) return std::nullopt;
    uint32_t value = 0;
    const char* first = text_.data() + position_;
    const auto [end, error] = std::from_chars(first, first + 4, value, 16);
    if (error != std::errc() || end != first + 4) return std::nullopt;
    position_ += 4;
    return value;
  }

  void write_utf8(uint32_t code, size_t& write) {
    const auto put = [&](uint32_t byte) { text_[write++] = static_cast<char>(byte); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
      put(0xc0 | code >> 6);
    } else {
      if (code < 0x10000) {
        put(0xe0 | code >> 12);
      } else {
        put(0xf0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3f));
      }
      put(0x80 | (code >> 6 & 0x3f));
    }
    put(0x80 | (code & 0x3f));
  }

  Extent extent_from(size_t start) const {
    return {static_cast<uint16_t>(start), static_cast<uint16_t>(position_ - start)};
  }

  std::span<char> text_;
  std::span<Node> nodes_;
  size_t position_ = 0;
  size_t node_count_ = 0;
};

}  // namespace

std::optional<std::string_view> Value::string() const {
  if (!is(Kind::kString)) return std::nullopt;
  return text();
}

std::optional<double> Value::number() const {
  if (!is(Kind::kNumber)) return std::nullopt;
  double value = 0;
  const std::string_view digits = text();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<Value> Value::find(std::string_view name) const {
  std::optional<Value> found;
  if (!is(Kind::kObject)) return found;
  for (const Value member : *this) {
    if (member.name() == name) found = member;
  }
  return found;
}

bool Value::has_duplicate_names() const {
  if (!is(Kind::kObject)) return false;
  for (Iterator a = begin(); a != end(); ++a) {
    Iterator b = a;
    for (++b; b != end(); ++b) {
      if ((*a).name() == (*b).name()) return true;
    }
  }
  return false;
}

std::optional<size_t> parse(std::span<char> text, std::span<Node> nodes) {
  if (text.size() > kMaxTextBytes) return std::nullopt;
  return Parser(text, nodes).parse_text();
}

}  // namespace sluice::token::json
