// A service's `url`, Kong's shorthand for protocol, host, port and path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

struct ServiceUrl {
  std::string protocol;  // the scheme, not yet checked; http or https, by the port, where there is none
  std::string host;      // without brackets; empty: there is none
  std::string port;      // digits, without zeros before them; the scheme's own where the URL has none
  std::optional<std::string> path;
  bool has_more = false;  // user information, parameters, a query or a fragment, which no service takes
};

// [scheme:][//host[:port]][path], cut up as Kong does, whether or not the parts are right: "nonsense" is a path.
ServiceUrl parse_service_url(std::string_view url);

}  // namespace sluice::config
