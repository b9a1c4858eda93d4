// LuaConstant: what a piece of Lua gives that does nothing but return a constant, as in custom_fields_by_lua.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::policy {

// monostate: nil.
using LuaConstant = std::variant<std::monostate, bool, double, std::string>;

// Nothing: it is more than `return` with nil, a boolean, a decimal number, or a text in quotes without escapes.
inline std::optional<LuaConstant> parse_lua_constant(std::string_view text) {
  constexpr std::string_view kReturn = "return";
  const auto trim = [](std::string_view t) {
    const size_t begin = t.find_first_not_of(" \t\r\n");
    return begin == std::string_view::npos ? std::string_view()
                                           : t.substr(begin, t.find_last_not_of(" \t\r\n") + 1 - begin);
  };
  text = trim(text);
  if (!text.starts_with(kReturn)) return std::nullopt;
  const bool apart = text.size() > kReturn.size() &&
                     std::string_view(" \t\r\n'\"").find(text[kReturn.size()]) != std::string_view::npos;
  if (!apart) return std::nullopt;
  text = trim(text.substr(kReturn.size()));
  if (text.ends_with(';')) text = trim(text.substr(0, text.size() - 1));
  if (text == "nil") return LuaConstant();
  if (text == "true" || text == "false") return LuaConstant(text == "true");
  if (text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0]) {
    const std::string_view inside = text.substr(1, text.size() - 2);
    const bool plain =
        inside.find_first_of("\\\r\n") == std::string_view::npos && inside.find(text[0]) == std::string_view::npos;
    return plain ? std::optional(LuaConstant(std::string(inside))) : std::nullopt;
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::general);
  const bool decimal = error == std::errc() && end == text.data() + text.size() &&
                       text.find_first_not_of("0123456789.-+eE") == std::string_view::npos;
  return decimal ? std::optional(LuaConstant(number)) : std::nullopt;
}

}  // namespace sluice::policy
