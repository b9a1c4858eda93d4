// JsonScanner: finds where JSON values end (RFC 8259), without recursion and without memory of its own.
#pragma once

#include <bitset>
#include <cstddef>
#include <string_view>

namespace sluice::gateway {

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : rest_(text) {}

  void skip_space();
  // Takes this byte if it is next.
  bool take(char c);
  // Takes a string with its quotes. Empty: there is none.
  std::string_view take_string();
  // Takes any value, white space before it as well. Empty: there is none, or it is deeper than kMaxDepth.
  std::string_view take_value();
  bool at_end() const { return rest_.empty(); }

  static constexpr size_t kMaxDepth = 1000;  // as that of cJSON, which Kong uses

 private:
  bool take_scalar();
  bool take_literal(std::string_view literal);
  bool take_number();
  bool take_digits();
  bool close_containers();
  bool take_name();

  std::string_view rest_;
  size_t depth_ = 0;
  std::bitset<kMaxDepth> in_object_;  // what is open, outermost first; else an array
};

}  // namespace sluice::gateway
