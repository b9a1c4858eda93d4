#include "config/diagnostic.h"

#include <fmt/format.h>

namespace sluice::config {

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string to_line(const std::string& file, const Diagnostic& d) {
  std::string line = file;
  if (d.mark.line != 0) line += fmt::format(":{}:{}", d.mark.line, d.mark.column);
  if (!d.entity.type.empty()) {
    line += ": " + d.entity.type;
    if (!d.entity.name.empty()) line += fmt::format(" '{}'", d.entity.name);
    if (!d.entity.path.empty()) line += fmt::format(" ({})", d.entity.path);
  }
  if (!d.field.empty()) line += ": " + d.field;
  line += ": " + d.message;
  if (!d.hint.empty()) line += " (" + d.hint + ")";
  if (!d.found.empty()) line += "; found " + d.found;
  return printable(line);
}

}  // namespace sluice::config
