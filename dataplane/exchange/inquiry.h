// What control asks of a snapshot on behalf of an operator: what would happen to a request, how targets are doing.
//
// Called on the control thread, on the snapshot in force; changes nothing that workers see but, by set_health(), the
// health of a target. Slow: it allocates.
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
  const policy::Target* target;  // in the snapshot's policy
  bool watched;                  // false: no health check is configured, or its weight is 0
  bool healthy;
};
struct UpstreamHealth {
  const policy::Upstream* upstream;
  std::vector<TargetHealth> targets;  // all that the policy names, in its order
};
// Of every upstream of the policy, in its order.
std::vector<UpstreamHealth> health_of_upstreams(const Snapshot& snapshot);

// Makes a target healthy or not, until checks find otherwise. `health`: what the snapshot was compiled with; `target`:
// one of its policy's. False: nothing checks the target.
bool set_health(const Snapshot& snapshot, upstream::HealthTable& health, const policy::Target& target, bool healthy);

}  // namespace sluice::exchange
