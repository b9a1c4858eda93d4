// A service's `url`, Kong's shorthand for protocol, host, port and path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

struct ServiceUrl {
  std::string protocol;  // the scheme, not yet checked
  std::string host;      // without brackets
  std::string port;      // digits; the scheme's own where the URL has none
  std::optional<std::string> path;
  bool has_more = false;  // user information, a query or a fragment, which no service takes
};

// scheme://host[:port][/path]. Nothing if it has no scheme or no host.
std::optional<ServiceUrl> parse_service_url(std::string_view url);

}  // namespace sluice::config
