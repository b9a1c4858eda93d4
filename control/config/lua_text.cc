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

}  // namespace

std::string lua_text(const Json& value) {
  if (value.is_string()) return lua_string(value.get<std::string>());
  if (!value.is_structured()) return value.dump();
  std::vector<std::string> parts;
  bool in_order = true;  // Lua counts no further than to the first hole
  for (const auto& [key, member] : value.items()) {
    if (member.is_null()) {
      in_order = false;
    } else if (value.is_object()) {
      parts.push_back((is_lua_name(key) ? key : "[" + lua_string(key) + "]") + "=" + lua_text(member));
    } else {
      parts.push_back((in_order ? "" : fmt::format("[{}]=", std::stoul(key) + 1)) + lua_text(member));
    }
  }
  return fmt::format("{{{}}}", fmt::join(parts, ","));
}

}  // namespace sluice::config
