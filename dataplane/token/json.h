// A small reader of JSON texts (RFC 8259) for JOSE headers, claims and key sets.
//
// parse() turns a text into a flat table of nodes in memory that the caller brings; nothing is allocated. Text and
// table refer to each other by offsets only, so both can be moved byte by byte (the verified-token memory does).
// Strings are unescaped in place: the text is the reader's to change. Bounded: kMaxTextBytes, kMaxDepth, and as many
// nodes as the caller has room for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sluice::token::json {

inline constexpr size_t kMaxTextBytes = UINT16_MAX;
inline constexpr unsigned kMaxDepth = 32;

enum class Kind : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

// A value and, inside an object, its name. A container is followed by what it holds; `next` leads past that.
struct Node {
  Kind kind;
  uint16_t name_at;
  uint16_t name_size;
  uint16_t text_at;  // of a string: unescaped; of anything else: as written
  uint16_t text_size;
  uint16_t next;  // index of the node behind this value and all that it holds
};

// Nodes that suffice for any text of this length: each value takes a character and a separator at least.
constexpr size_t nodes_room(size_t text_bytes) {
  return text_bytes / 2 + 1;
}

// A value of a parsed text: a cursor, copied freely. Valid as long as text and nodes stay where they are.
class Value {
 public:
  Value(const char* text, const Node* nodes, uint16_t index) : text_(text), nodes_(nodes), index_(index) {}

  Kind kind() const { return node().kind; }
  bool is(Kind kind) const { return node().kind == kind; }

  // Inside an object: the name of the member that this value belongs to.
  std::string_view name() const { return {text_ + node().name_at, node().name_size}; }
  // Of a string: its characters. Of a number, true, false or null: as written. REQUIRES: no container.
  std::string_view text() const { return {text_ + node().text_at, node().text_size}; }
  // Of a string, nothing for any other kind.
  std::optional<std::string_view> string() const;
  // Of a number, nothing for any other kind and for numbers beyond a double's range.
  std::optional<double> number() const;

  // The member of this name, of an object; of several the last (RFC 7519 section 4, as Kong). Nothing for other kinds.
  std::optional<Value> find(std::string_view name) const;

  // Walks the members of an object or the elements of an array; empty for other kinds.
  class Iterator {
   public:
    Iterator(const Value& container, uint16_t index) : container_(&container), index_(index) {}
    Value operator*() const { return Value(container_->text_, container_->nodes_, index_); }
    Iterator& operator++() {
      index_ = container_->nodes_[index_].next;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Value* container_;
    uint16_t index_;
  };
  Iterator begin() const { return {*this, static_cast<uint16_t>(index_ + 1)}; }
  Iterator end() const { return {*this, is_container() ? node().next : static_cast<uint16_t>(index_ + 1)}; }

  // Two members of this object have one name. Compares all pairs: for objects whose size is bounded.
  bool has_duplicate_names() const;

 private:
  const Node& node() const { return nodes_[index_]; }
  bool is_container() const { return node().kind >= Kind::kArray; }

  const char* text_;
  const Node* nodes_;
  uint16_t index_;
};

// Reads `text`, one JSON value with nothing but white space around it, into `nodes`; returns how many were used.
// Nothing: not JSON, not UTF-8, a lone surrogate, deeper than kMaxDepth, or out of nodes. `text` is then in no defined
// state. The value itself is Value(text.data(), nodes.data(), 0).
std::optional<size_t> parse(std::span<char> text, std::span<Node> nodes);

}  // namespace sluice::token::json
