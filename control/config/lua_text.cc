#include "config/lua_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace sluice::config {

namespace {

std::string lua_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

bool is_lua_name(std::string_view key) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !key.empty() && letter(key[0]) &&
         std::all_of(key.begin(), key.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// What stands around the members of a table.
struct Layout {
  std::string_view assign;
  std::string_view line_end;
  std::string_view indent;
};
constexpr Layout kCompact{"=", "", ""};
constexpr Layout kLines{" = ", "\n", "  "};

std::string written(const Json& value, const Layout& layout, const std::string& before) {
  if (value.is_string()) return lua_string(value.get<std::string>());
  if (!value.is_structured()) return value.dump();
  const std::string inside = before + std::string(layout.indent);
  std::vector<std::string> parts;
  bool in_order = true;  // Lua counts no further than to the first hole
  for (const auto& [key, member] : value.items()) {
    if (member.is_null()) {
      in_order = false;
      continue;
    }
    std::string name;
    if (value.is_object()) name = is_lua_name(key) ? key : "[" + lua_string(key) + "]";
    if (value.is_array() && !in_order) name = fmt::format("[{}]", std::stoul(key) + 1);
    parts.push_back(
        fmt::format("{}{}{}{}", inside, name, name.empty() ? "" : layout.assign, written(member, layout, inside)));
  }
  const std::string comma = fmt::format(",{}", layout.line_end);
  return fmt::format("{{{}{}{}{}}}", layout.line_end, fmt::join(parts, comma), parts.empty() ? "" : layout.line_end,
                     before);
}

}  // namespace

std::string lua_text(const Json& value) {
  return written(value, kCompact, {});
}

std::string lua_lines(const Json& value) {
  return written(value, kLines, {});
}

}  // namespace sluice::config
