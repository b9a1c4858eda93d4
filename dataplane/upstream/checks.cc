#include "upstream/checks.h"

namespace sluice::upstream {

namespace {

template <typename Healthy, typename Unhealthy>
HealthThresholds thresholds_of(const Healthy& healthy, const Unhealthy& unhealthy) {
  return {.successes = static_cast<uint8_t>(healthy.successes),
          .http_failures = static_cast<uint8_t>(unhealthy.http_failures),
          .tcp_failures = static_cast<uint8_t>(unhealthy.tcp_failures),
          .timeouts = static_cast<uint8_t>(unhealthy.timeouts)};
}

template <typename Healthy, typename Unhealthy>
StatusSets statuses_of(const Healthy& healthy, const Unhealthy& unhealthy) {
  StatusSets sets;
  for (const uint16_t status : healthy.http_statuses) sets.healthy.set(status);
  for (const uint16_t status : unhealthy.http_statuses) sets.unhealthy.set(status);
  return sets;
}

}  // namespace

PassiveCheck compile(const policy::PassiveChecks& checks) {
  return {.thresholds = thresholds_of(checks.healthy, checks.unhealthy),
          .statuses = statuses_of(checks.healthy, checks.unhealthy)};
}

std::optional<ActiveCheck> compile(const policy::ActiveChecks& checks) {
  if (!checks.are_on()) return std::nullopt;
  ActiveCheck check{.http = checks.type == policy::ProbeType::kHttp,
                    .thresholds = thresholds_of(checks.healthy, checks.unhealthy),
                    .statuses = statuses_of(checks.healthy, checks.unhealthy),
                    .healthy_interval = checks.healthy.interval,
                    .unhealthy_interval = checks.unhealthy.interval,
                    .timeout = checks.timeout,
                    .concurrency = checks.concurrency,
                    .path = checks.http_path,
                    .headers = {}};
  for (const policy::NamedValues& header : checks.headers) {
    for (const std::string& value : header.values) check.headers.emplace_back(header.name, value);
  }
  return check;
}

}  // namespace sluice::upstream
