// JsonWriter: one JSON text (RFC 8259), written from left to right into room of fixed size.
//
// Commas are set by the writer. What does not fit makes the whole text invalid: text() is then empty.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "gateway/text.h"

namespace sluice::gateway {

class JsonWriter {
 public:
  // arena: for strings that need escapes.
  JsonWriter(Arena& arena, std::span<char> room) : arena_(arena), room_(room) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }

  // The name of the next member of an object.
  void name(std::string_view text) {
    separate();
    quote(text);
    put(":");
    first_ = true;
  }

  void string(std::string_view text) {
    separate();
    quote(text);
  }
  // A value that is JSON already.
  void raw(std::string_view json) {
    separate();
    put(json);
  }
  void boolean(bool value) {
    separate();
    put(value ? "true" : "false");
  }
  void number(int64_t value) {
    separate();
    char digits[24];
    put({digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)});
  }

  // data() == nullptr: it did not fit.
  std::string_view text() const { return fits_ ? std::string_view(room_.data(), size_) : std::string_view(); }

 private:
  void begin(char c) {
    separate();
    put({&c, 1});
    first_ = true;
  }
  void end(char c) {
    put({&c, 1});
    first_ = false;
  }
  void separate() {
    if (!first_) put(",");
    first_ = false;
  }
  void quote(std::string_view text) {
    const std::string_view escaped = escape_json(arena_, text);
    fits_ = fits_ && (escaped.data() != nullptr || text.empty());
    put("\"");
    put(escaped);
    put("\"");
  }
  void put(std::string_view text) {
    fits_ = fits_ && text.size() <= room_.size() - size_;
    if (!fits_) return;
    std::ranges::copy(text, room_.begin() + static_cast<ptrdiff_t>(size_));
    size_ += text.size();
  }

  Arena& arena_;
  std::span<char> room_;
  size_t size_ = 0;
  bool first_ = true;  // nothing stands before the next value that a comma would part it from
  bool fits_ = true;
};

}  // namespace sluice::gateway
