#include "config/service_url.h"

#include <algorithm>

namespace sluice::config {

std::optional<ServiceUrl> parse_service_url(std::string_view url) {
  const size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) return std::nullopt;
  ServiceUrl parsed;
  parsed.protocol = url.substr(0, scheme_end);
  std::string_view rest = url.substr(scheme_end + 3);
  const size_t more = rest.find_first_of("?#");
  parsed.has_more = more != std::string_view::npos;
  rest = rest.substr(0, more);

  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos) parsed.path = rest.substr(slash);
  std::string_view authority = rest.substr(0, slash);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    parsed.has_more = true;
    authority.remove_prefix(at + 1);
  }
  const size_t bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  parsed.host = authority.substr(0, colon);
  if (bracket != std::string_view::npos) parsed.host = authority.substr(1, bracket - 1);
  if (colon != std::string_view::npos) parsed.port = authority.substr(colon + 1);
  if (parsed.port.empty()) parsed.port = parsed.protocol == "https" ? "443" : "80";
  if (parsed.host.empty()) return std::nullopt;
  return parsed;
}

}  // namespace sluice::config
