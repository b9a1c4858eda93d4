#include "admin/upstream_health.h"
#include "sluice/ascii.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace sluice::control {

namespace {

using nlohmann::json;

constexpr std::array<const char*, 3> kStates = {"healthchecks_off", "healthy", "unhealthy"};

size_t state_of(const exchange::TargetHealth& target) {
  if (!target.watched) return 0;
  return target.healthy ? 1 : 2;
}

const char* kong_state(const exchange::TargetHealth& target) {
  static constexpr std::array<const char*, 3> kKongStates = {"HEALTHCHECKS_OFF", "HEALTHY", "UNHEALTHY"};
  return kKongStates[state_of(target)];
}

// What a target's name leads to.
struct Resolved {
  AddressBook::Addresses addresses;
  bool failed = false;  // there was no answer; a target of weight 0 is not asked for

  const char* source() const {
    if (failed) return "name resolution failed";
    if (addresses.empty()) return "unknown";
    return addresses.front().is_v4() ? "A" : "AAAA";
  }
};

Resolved resolve(const policy::Target& target, const AddressBook& book) {
  if (const auto literal = IpAddress::parse(target.target.host)) return {.addresses = {*literal}};
  const AddressBook::Addresses& addresses = book.find(lower(target.target.host));
  return {.addresses = addresses, .failed = addresses.empty() && target.weight > 0};
}

json weight_json(uint64_t total, uint64_t available) {
  return {{"total", total}, {"available", available}, {"unavailable", total - available}};
}

struct Weight {
  uint64_t total = 0;
  uint64_t available = 0;
};

Weight weight_of(const exchange::TargetHealth& health, const Resolved& resolved) {
  const uint64_t total = resolved.failed ? 0 : health.target->weight;
  return {.total = total, .available = health.healthy ? total : 0};
}

// `tell`: adds to an address how it is doing.
template <typename Tell>
json balancer_data(const exchange::TargetHealth& health, const Resolved& resolved, Tell&& tell) {
  const policy::Target& target = *health.target;
  json addresses = json::array();
  for (const IpAddress& address : resolved.addresses) {
    json told = {{"ip", address.to_string()}, {"port", target.target.port.value}, {"weight", target.weight}};
    tell(told);
    addresses.push_back(std::move(told));
  }
  const Weight weight = weight_of(health, resolved);
  return {{"host", target.target.host},        {"port", target.target.port.value},
          {"dns", resolved.source()},          {"nodeWeight", target.weight},
          {"addresses", std::move(addresses)}, {"weight", weight_json(weight.total, weight.available)}};
}

}  // namespace

json to_kong_json(const exchange::UpstreamHealth& health, const AddressBook& addresses, WallTime loaded_at) {
  json targets = json::array();
  for (const exchange::TargetHealth& target : health.targets) {
    const std::vector<std::string>& tags = target.target->tags;
    const Resolved resolved = resolve(*target.target, addresses);
    const char* state = resolved.failed ? "DNS_ERROR" : kong_state(target);
    targets.push_back(
        {{"id", target.target->id.to_string()},
         {"target", target.target->target.text()},
         {"weight", target.target->weight},
         {"tags", tags.empty() ? json(nullptr) : json(tags)},
         {"upstream", {{"id", health.upstream->id.to_string()}}},
         {"health", state},
         {"data", balancer_data(target, resolved, [&](json& address) { address["health"] = kong_state(target); })},
         {"created_at", loaded_at.seconds()},
         {"updated_at", loaded_at.seconds()}});
  }
  return {{"data", targets}, {"next", nullptr}};
}

json balancer_json(const exchange::UpstreamHealth& health, const AddressBook& addresses) {
  json hosts = json::array();
  Weight sum;
  for (const exchange::TargetHealth& target : health.targets) {
    const Resolved resolved = resolve(*target.target, addresses);
    const Weight weight = weight_of(target, resolved);
    sum.total += weight.total;
    sum.available += weight.available;
    hosts.push_back(balancer_data(target, resolved, [&](json& address) { address["healthy"] = target.healthy; }));
  }
  const double threshold = health.upstream->healthchecks.threshold / 100;
  const bool healthy =
      sum.available > 0 && static_cast<double>(sum.available) >= threshold * static_cast<double>(sum.total);
  const bool watched = std::ranges::any_of(health.targets, &exchange::TargetHealth::watched);
  const char* state = healthy ? "HEALTHY" : "UNHEALTHY";
  return {{"data",
           {{"id", health.upstream->id.to_string()},
            {"health", watched ? state : "HEALTHCHECKS_OFF"},
            {"balancer_health", state},
            {"details",
             {{"healthy", healthy}, {"weight", weight_json(sum.total, sum.available)}, {"hosts", std::move(hosts)}}}}},
          {"next", nullptr}};
}

void add_health_gauges(const std::vector<exchange::UpstreamHealth>& upstreams, std::vector<Gauge>& gauges) {
  for (const exchange::UpstreamHealth& upstream : upstreams) {
    for (const exchange::TargetHealth& target : upstream.targets) {
      for (size_t state = 0; state < kStates.size(); ++state) {
        gauges.push_back({"upstream_target_health",
                          "1 for the state that a target is in",
                          state == state_of(target) ? 1.0 : 0.0,
                          {{"upstream", upstream.upstream->name},
                           {"target", target.target->target.text()},
                           {"state", kStates[state]}}});
      }
    }
  }
}

std::string kong_health_text(const policy::Policy& policy, const std::vector<exchange::UpstreamHealth>& upstreams,
                             const AddressBook& addresses) {
  const auto asks = [](const policy::Plugin& plugin) {
    const auto* config = std::get_if<policy::PrometheusConfig>(&plugin.config);
    return plugin.enabled && config != nullptr && config->upstream_health_metrics;
  };
  if (std::ranges::none_of(policy.plugins, asks)) return {};
  prometheus::MetricFamily family;
  family.name = "kong_upstream_target_health";
  family.help = "1 for the state that a target is in";
  family.type = prometheus::MetricType::Gauge;
  const auto add = [&family](const std::string& upstream, const policy::HostPort& target, const std::string& address,
                             std::string_view state) {
    for (const char* possible : {"healthchecks_off", "healthy", "unhealthy", "dns_error"}) {
      prometheus::ClientMetric& metric = family.metric.emplace_back();
      metric.label = {{"upstream", upstream},
                      {"target", target.text()},
                      {"address", address},
                      {"state", possible},
                      {"subsystem", "http"}};
      metric.gauge.value = state == possible ? 1 : 0;
    }
  };
  for (const exchange::UpstreamHealth& upstream : upstreams) {
    const std::string& name = upstream.upstream->name;
    for (const exchange::TargetHealth& target : upstream.targets) {
      const policy::HostPort& at = target.target->target;
      const Resolved resolved = resolve(*target.target, addresses);
      if (resolved.failed) add(name, at, "", "dns_error");
      for (const IpAddress& address : resolved.addresses) {
        add(name, at, policy::HostPort{address.to_string(), at.port}.text(), kStates[state_of(target)]);
      }
    }
  }
  return prometheus::TextSerializer().Serialize({family});
}

}  // namespace sluice::control
