#include "config/diagnostic.h"

#include <fmt/format.h>

namespace sluice::config {

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
  if (!d.found.empty()) line += "; found " + d.found;
  return line;
}

}  // namespace sluice::config
