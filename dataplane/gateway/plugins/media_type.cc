#include "gateway/plugins/media_type.h"

#include <algorithm>
#include <cstddef>

#include "http/characters.h"
#include "http/header_map.h"

namespace sluice::gateway {

namespace {

// What stands before `separator`, trimmed; `rest` goes on behind it.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return http::trim(part);
}

struct MediaType {
  std::string_view type;
  std::string_view subtype;
  std::string_view parameters;

  explicit MediaType(std::string_view text) {
    std::string_view name = take_until(text, ';');
    type = take_until(name, '/');
    subtype = http::trim(name);
    parameters = text;
  }
  bool valid() const { return !type.empty() && !subtype.empty(); }
};

bool matches_name(std::string_view pattern, std::string_view name) {
  return pattern == "*" || http::iequals(pattern, name);
}

std::string_view unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

// A semicolon in quotes ends a parameter here: such types match
// where they are written alike.
bool has_parameter(std::string_view list, std::string_view name, std::string_view value) {
  while (!list.empty()) {
    std::string_view parameter = take_until(list, ';');
    if (http::iequals(take_until(parameter, '='), name) && unquoted(http::trim(parameter)) == value) return true;
  }
  return false;
}

bool has_parameters(std::string_view list, std::string_view wanted) {
  while (!wanted.empty()) {
    std::string_view parameter = take_until(wanted, ';');
    const std::string_view name = take_until(parameter, '=');
    if (!name.empty() && !has_parameter(list, name, unquoted(http::trim(parameter)))) return false;
  }
  return true;
}

}  // namespace

bool matches_media_type(std::string_view pattern, std::string_view type) {
  const MediaType wanted(pattern);
  const MediaType found(type);
  return wanted.valid() && found.valid() && matches_name(wanted.type, found.type) &&
         matches_name(wanted.subtype, found.subtype) && has_parameters(found.parameters, wanted.parameters) &&
         has_parameters(wanted.parameters, found.parameters);
}

}  // namespace sluice::gateway
