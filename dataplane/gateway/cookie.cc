#include "gateway/cookie.h"

#include <algorithm>

namespace sluice::gateway {
namespace {

std::string_view without_leading_spaces(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

// `text` begins with a cookie: its value, if it has this name.
std::optional<std::string_view> value_of_cookie(std::string_view text, std::string_view name) {
  if (text.size() < name.size() || !http::iequals(text.substr(0, name.size()), name)) return std::nullopt;
  text = without_leading_spaces(text.substr(name.size()));
  if (!text.starts_with('=')) return std::nullopt;
  text = without_leading_spaces(text.substr(1));
  return text.substr(0, text.find(';'));
}

}  // namespace

std::optional<std::string_view> find_cookie(const http::HeaderMap& headers, std::string_view name) {
  for (const http::Header& header : headers.all()) {
    if (!http::iequals(header.name, "cookie")) continue;
    for (std::string_view rest = header.value; !rest.empty();) {
      rest = without_leading_spaces(rest);
      if (const std::optional<std::string_view> value = value_of_cookie(rest, name)) {
        return value->empty() ? std::nullopt : value;
      }
      rest.remove_prefix(std::min(rest.find_first_of(";,"), rest.size()));
      if (!rest.empty()) rest.remove_prefix(1);
    }
  }
  return std::nullopt;
}

}  // namespace sluice::gateway
