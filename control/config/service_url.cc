#include "config/service_url.h"

#include <algorithm>

namespace sluice::config {

namespace {

bool is_scheme_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

// "scheme:" off the front of `rest`.
std::string_view take_scheme(std::string_view& rest) {
  const size_t colon = rest.find(':');
  if (colon == std::string_view::npos || colon == 0 || !std::ranges::all_of(rest.substr(0, colon), is_scheme_char)) {
    return {};
  }
  const std::string_view scheme = rest.substr(0, colon);
  rest.remove_prefix(colon + 1);
  return scheme;
}

void parse_authority(std::string_view authority, ServiceUrl& parsed) {
  if (const size_t at = authority.find('@'); at != std::string_view::npos) {
    parsed.has_more = true;
    authority.remove_prefix(at + 1);
  }
  const size_t colon = authority.rfind(':');
  const bool in_brackets = colon != std::string_view::npos && authority.find(']', colon) != std::string_view::npos;
  if (colon != std::string_view::npos && !in_brackets) {
    const std::string_view port = authority.substr(colon + 1);
    // A zero before it says nothing, though in YAML it would make it octal.
    parsed.port = port.substr(std::min(port.find_first_not_of('0'), port.empty() ? 0 : port.size() - 1));
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
  parsed.host = authority;
}

}  // namespace

ServiceUrl parse_service_url(std::string_view url) {
  ServiceUrl parsed;
  const size_t fragment = url.find('#');
  std::string_view rest = url.substr(0, fragment);
  parsed.protocol = take_scheme(rest);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const size_t slash = std::min(rest.find('/'), rest.size());
    parse_authority(rest.substr(0, slash), parsed);
    rest.remove_prefix(slash);
  }
  const size_t more = std::min(rest.find_first_of("?;"), rest.size());
  parsed.has_more = parsed.has_more || fragment != std::string_view::npos || more != rest.size();
  if (more > 0) parsed.path = rest.substr(0, more);
  if (parsed.protocol.empty()) parsed.protocol = parsed.port == "443" ? "https" : "http";
  if (parsed.port.empty()) parsed.port = parsed.protocol == "https" ? "443" : "80";
  return parsed;
}

}  // namespace sluice::config
