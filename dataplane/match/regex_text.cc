#include "match/regex_text.h"

namespace sluice::match {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// What opens a group that changes nothing about the meaning of others: "(?:", "(?<name>", "(?P<name>".
bool opens_plain_group(std::string_view rest) {
  return !rest.starts_with("(*") &&
         (!rest.starts_with("(?") || rest.starts_with("(?:") || rest.starts_with("(?<") || rest.starts_with("(?P<"));
}

}  // namespace

std::string_view literal_beginning(std::string_view regex) {
  if (regex.find('|') != std::string_view::npos) return {};
  const size_t end = regex.find_first_of("\\^$.[]()?*+{}");
  if (end == std::string_view::npos) return regex;
  std::string_view beginning = regex.substr(0, end);
  // A quantifier behind it, even behind a comment, would take its last character, which may have several bytes.
  while (!beginning.empty() && (beginning.back() & 0xc0) == 0x80) beginning.remove_suffix(1);
  if (!beginning.empty()) beginning.remove_suffix(1);
  return beginning;
}

bool is_read_alike(std::string_view regex) {
  for (size_t i = 0; i < regex.size(); ++i) {
    const std::string_view rest = regex.substr(i);
    if (rest[0] == '$' || rest.starts_with("[:") || (rest[0] == '(' && !opens_plain_group(rest))) return false;
    if (rest[0] != '\\') continue;
    if (rest.size() > 1 && is_letter(rest[1])) return false;
    ++i;
  }
  return true;
}

}  // namespace sluice::match
