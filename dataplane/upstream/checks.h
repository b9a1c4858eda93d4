// What makes a target healthy or not: the compiled health checks of an upstream.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sluice/policy/healthchecks.h"
#include "sluice/units.h"
#include "upstream/health.h"

namespace sluice::upstream {

// Statuses 100 to 999 that count as a success or as a failure of a target.
struct StatusSets {
  std::bitset<1000> healthy;
  std::bitset<1000> unhealthy;

  // What a status tells; nothing for one that is in neither set.
  std::optional<Outcome> outcome_of(uint16_t status) const {
    if (status >= healthy.size()) return std::nullopt;
    if (unhealthy[status]) return Outcome::kHttpFailure;
    return healthy[status] ? std::optional(Outcome::kSuccess) : std::nullopt;
  }
};

// What the requests themselves tell.
struct PassiveCheck {
  HealthThresholds thresholds;
  StatusSets statuses;
};

// What probes tell (upstream/prober.h).
struct ActiveCheck {
  bool http = true;  // false: a connection that is made is a success
  HealthThresholds thresholds;
  StatusSets statuses;
  Duration healthy_interval;    // between two probes of a target that is healthy; 0: none
  Duration unhealthy_interval;  // of one that is not
  Duration timeout;             // of a whole probe
  uint32_t concurrency = 1;     // probes of the upstream at once, of one worker
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;

  Duration interval(bool healthy) const { return healthy ? healthy_interval : unhealthy_interval; }
};

PassiveCheck compile(const policy::PassiveChecks& checks);

// Nothing where both intervals are 0.
std::optional<ActiveCheck> compile(const policy::ActiveChecks& checks);

}  // namespace sluice::upstream
