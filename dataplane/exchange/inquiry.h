// What control asks of a snapshot on behalf of an operator: what would happen to a request, how targets are doing.
//
// Called on the control thread, on the snapshot in force; changes nothing that workers see. Slow: it allocates.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange/snapshot.h"
#include "sluice/ip_address.h"

namespace sluice::exchange {

// A request as an operator describes it.
struct Question {
  std::string method;
  std::string url;  // http://host[:port]/path?query, or a path alone
  std::vector<std::pair<std::string, std::string>> headers;
  IpAddress client;  // unspecified: 192.0.2.1, an address of nobody (RFC 5737)
};

// Lines of text: what the edge would do, which route wins and by which bits of its priority, which others would have
// matched, where the request would go, which plugins would run with which configuration. `now`: for token expiry.
std::string explain(const Snapshot& snapshot, const Question& question, WallTime now);

struct TargetHealth {
  std::string target;  // host:port
  uint16_t weight;
  bool watched;  // false: no health check is configured
  bool healthy;
};
// The targets of an upstream of the policy, by name or id; none if there is no such upstream.
std::optional<std::vector<TargetHealth>> upstream_health(const Snapshot& snapshot, std::string_view upstream);

}  // namespace sluice::exchange
