// LuaExpression: what a piece of Lua gives that does nothing but return a constant or a header of the request, as in
// custom_fields_by_lua.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::policy {

// The value of the request's header of that name, nil where there is none.
struct RequestHeader {
  std::string name;  // as written
  bool operator==(const RequestHeader&) const = default;
};

// monostate: nil.
using LuaExpression = std::variant<std::monostate, bool, double, std::string, RequestHeader>;

namespace lua {

constexpr std::string_view kBlank = " \t\r\n";

inline std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos ? std::string_view()
                                         : text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

// What stands in quotes, without escapes.
inline std::optional<std::string> quoted(std::string_view text) {
  if (text.size() < 2 || (text[0] != '\'' && text[0] != '"') || text.back() != text[0]) return std::nullopt;
  const std::string_view inside = text.substr(1, text.size() - 2);
  const bool plain =
      inside.find_first_of("\\\r\n") == std::string_view::npos && inside.find(text[0]) == std::string_view::npos;
  return plain ? std::optional<std::string>(inside) : std::nullopt;
}

inline std::optional<double> decimal(std::string_view text) {
  if (text.find_first_not_of("0123456789.-+eE") != std::string_view::npos) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::general);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// kong.request.get_header("name")
inline std::optional<RequestHeader> get_header(std::string_view text) {
  constexpr std::string_view kFunction = "kong.request.get_header";
  if (!text.starts_with(kFunction)) return std::nullopt;
  const std::string_view call = trimmed(text.substr(kFunction.size()));
  if (!call.starts_with('(') || !call.ends_with(')')) return std::nullopt;
  auto name = quoted(trimmed(call.substr(1, call.size() - 2)));
  return name ? std::optional(RequestHeader{*std::move(name)}) : std::nullopt;
}

}  // namespace lua

// Nothing: it is more than `return` with nil, a boolean, a decimal number, a text in quotes without escapes, or
// kong.request.get_header("name").
inline std::optional<LuaExpression> parse_lua_expression(std::string_view text) {
  constexpr std::string_view kReturn = "return";
  text = lua::trimmed(text);
  if (!text.starts_with(kReturn)) return std::nullopt;
  const bool apart = text.size() > kReturn.size() &&
                     std::string_view(" \t\r\n'\"").find(text[kReturn.size()]) != std::string_view::npos;
  if (!apart) return std::nullopt;
  text = lua::trimmed(text.substr(kReturn.size()));
  if (text.ends_with(';')) text = lua::trimmed(text.substr(0, text.size() - 1));
  if (text == "nil") return LuaExpression();
  if (text == "true" || text == "false") return LuaExpression(text == "true");
  if (auto inside = lua::quoted(text)) return LuaExpression(*std::move(inside));
  if (auto header = lua::get_header(text)) return LuaExpression(*std::move(header));
  if (const auto number = lua::decimal(text)) return LuaExpression(*number);
  return std::nullopt;
}

}  // namespace sluice::policy
