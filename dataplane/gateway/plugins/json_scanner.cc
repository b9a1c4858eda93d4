#include "gateway/plugins/json_scanner.h"

#include <algorithm>

#include "http/characters.h"

namespace sluice::gateway {

void JsonScanner::skip_space() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
}

bool JsonScanner::take(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

std::string_view JsonScanner::take_string() {
  if (!rest_.starts_with('"')) return {};
  for (size_t i = 1; i < rest_.size(); ++i) {
    const char c = rest_[i];
    if (static_cast<unsigned char>(c) < 0x20) return {};
    if (c == '"') {
      const std::string_view taken = rest_.substr(0, i + 1);
      rest_.remove_prefix(i + 1);
      return taken;
    }
    if (c != '\\') continue;
    const char escaped = ++i < rest_.size() ? rest_[i] : '\0';
    if (escaped == 'u') {
      for (size_t digit = 1; digit <= 4; ++digit) {
        if (i + digit >= rest_.size() || http::hex_digit(rest_[i + digit]) < 0) return {};
      }
      i += 4;
    } else if (escaped == '\0' || std::string_view("\"\\/bfnrt").find(escaped) == std::string_view::npos) {
      return {};
    }
  }
  return {};
}

bool JsonScanner::take_literal(std::string_view literal) {
  if (!rest_.starts_with(literal)) return false;
  rest_.remove_prefix(literal.size());
  return true;
}

bool JsonScanner::take_digits() {
  const size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
  rest_.remove_prefix(digits);
  return digits > 0;
}

bool JsonScanner::take_number() {
  take('-');
  if (!take('0') && !take_digits()) return false;
  if (take('.') && !take_digits()) return false;
  if (!take('e') && !take('E')) return true;
  if (!take('-')) take('+');
  return take_digits();
}

bool JsonScanner::take_scalar() {
  if (rest_.empty()) return false;
  switch (rest_[0]) {
    case '"':
      return !take_string().empty();
    case 't':
      return take_literal("true");
    case 'f':
      return take_literal("false");
    case 'n':
      return take_literal("null");
    default:
      return take_number();
  }
}

// The name of a member and its colon.
bool JsonScanner::take_name() {
  skip_space();
  if (take_string().empty()) return false;
  skip_space();
  return take(':');
}

// Behind a value: closes what ends here, and goes to the next value of what does not. False: neither.
bool JsonScanner::close_containers() {
  while (depth_ > 0) {
    skip_space();
    const bool object = in_object_[depth_ - 1];
    if (take(',')) return !object || take_name();
    if (!take(object ? '}' : ']')) return false;
    --depth_;
  }
  return true;
}

std::string_view JsonScanner::take_value() {
  skip_space();
  const std::string_view from = rest_;
  depth_ = 0;
  do {
    skip_space();
    const bool object = rest_.starts_with('{');
    if (object || rest_.starts_with('[')) {
      if (depth_ == kMaxDepth) return {};
      rest_.remove_prefix(1);
      skip_space();
      if (!take(object ? '}' : ']')) {
        in_object_[depth_++] = object;
        if (object && !take_name()) return {};
        continue;
      }
    } else if (!take_scalar()) {
      return {};
    }
    if (!close_containers()) return {};
  } while (depth_ > 0);
  return from.substr(0, from.size() - rest_.size());
}

}  // namespace sluice::gateway
