// JsonLine: one JSON object (RFC 8259) on one line, appended to a text from left to right.
//
// Used by the log thread alone, a hundred thousand times a second on a busy machine: that is why no tree is built
// first. Names are written as they are, so they are literals of ours; values are escaped, and what is not UTF-8 in them
// becomes U+FFFD (what a client sent has no encoding).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sluice::control {

class JsonLine {
 public:
  explicit JsonLine(std::string& out) : out_(out) { out_ += '{'; }
  // Ends the object and the line.
  ~JsonLine() { out_ += "}\n"; }
  JsonLine(const JsonLine&) = delete;
  JsonLine& operator=(const JsonLine&) = delete;

  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, uint64_t value);
  // With three digits behind the point.
  void thousandths(std::string_view name, uint64_t value);
  void null(std::string_view name);
  // `bytes` as lower-case digits; a UUID (RFC 9562) has its dashes.
  void hex(std::string_view name, std::span<const uint8_t> bytes);
  void uuid(std::string_view name, std::span<const uint8_t, 16> id);
  // What comes until end() are members of this one. Once deep.
  void begin(std::string_view name);
  void end() { out_ += '}'; }

 private:
  void member(std::string_view name);
  void digits(std::span<const uint8_t> bytes);

  std::string& out_;
};

// `text` as a JSON string without its quotes, appended to `out`.
void append_escaped(std::string& out, std::string_view text);

}  // namespace sluice::control
