// redirect: sends the client elsewhere. Kong 3.9.1's fields and defaults.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

// What stands before the path of a URL (RFC 3986 3), as Kong takes it apart. An empty part is not there.
struct LocationParts {
  std::string_view scheme = "";
  std::string_view user = "";  // with its '@'
  std::string_view host = "";  // with the brackets of an IPv6 address
  std::string_view port = "";  // without its colon
  std::string_view rest = "";  // path, query and fragment
};

constexpr LocationParts split_location(std::string_view url) {
  LocationParts parts;
  const size_t slashes = url.find("//");
  if (slashes == std::string_view::npos || (slashes > 0 && url[slashes - 1] != ':')) return parts;
  if (slashes > 0) parts.scheme = url.substr(0, slashes - 1);
  std::string_view authority = url.substr(slashes + 2);
  const size_t path = authority.find_first_of("/?#");
  if (path != std::string_view::npos) parts.rest = authority.substr(path);
  authority = authority.substr(0, path);
  const size_t at = authority.find('@');
  if (at != std::string_view::npos) parts.user = authority.substr(0, at + 1);
  parts.host = authority.substr(parts.user.size());
  const size_t colon = parts.host.rfind(':');
  if (colon == std::string_view::npos || parts.host.find(']', colon) != std::string_view::npos) return parts;
  parts.port = parts.host.substr(colon + 1);
  parts.host = parts.host.substr(0, colon);
  return parts;
}

struct RedirectConfig {
  static constexpr PluginInfo kPlugin{.name = "redirect", .priority = 779};

  uint16_t status_code = 301;
  std::string location;
  bool keep_incoming_path = false;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("status_code", s.status_code, {.help = "status of the answer", .not_null = true, .least = 100, .most = 599});
    visit("location", s.location, {.help = "an absolute URL", .text = TextKind::kHeaderValue, .required = true});
    visit("keep_incoming_path", s.keep_incoming_path,
          {.help = "put the request's path and query in place of the location's own"});
  }

  void check(Complaints& complaints) const {
    if (location.empty()) return;  // said already
    const LocationParts parts = split_location(location);
    if (parts.host.empty())
      complaints.field("location", "missing host in url");
    else if (parts.scheme.empty())
      complaints.field("location", "missing scheme in url");
  }
};

}  // namespace sluice::policy
