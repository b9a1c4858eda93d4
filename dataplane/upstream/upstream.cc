#include "upstream/upstream.h"

#include <algorithm>
#include <utility>

namespace sluice::upstream {

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// host_header: what Host names in place of the target's own host; empty: the target's.
Target make_target(const policy::HostPort& at, uint16_t weight, const std::string& host_header) {
  Target target;
  target.host = lower(at.host);
  target.port = at.port;
  target.weight = weight;
  target.address = IpAddress::parse(at.host);
  const std::string text = policy::HostPort{host_header.empty() ? at.host : host_header, at.port}.text();
  target.authority = text;
  target.authority_host_length = text.rfind(':');
  return target;
}

HashRing ring_of(const std::vector<Target>& targets, const policy::Upstream& from) {
  std::vector<HashRing::Member> members;
  for (const Target& target : targets) {
    // An IPv6 address stands in brackets in Kong's names too.
    const bool six = target.host.find(':') != std::string::npos;
    members.push_back({six ? "[" + target.host + "]" : target.host, target.port.value, target.weight});
  }
  return HashRing(members, from.slots, from.targets.size());
}

}  // namespace

Result<std::unique_ptr<const UpstreamSet>, std::string> UpstreamSet::compile(const policy::Policy& policy,
                                                                             HealthTable& health) {
  std::unique_ptr<UpstreamSet> set(new UpstreamSet(policy, health));
  for (const policy::Upstream& upstream : policy.upstreams) set->add_upstream(upstream);
  for (const policy::Service& service : policy.services) set->add_service(service);
  if (set->lacks_slots_) return "more than " + std::to_string(health.capacity()) + " targets in the policies in use";
  return std::unique_ptr<const UpstreamSet>(std::move(set));
}

UpstreamSet::~UpstreamSet() {
  for (const auto& upstream : upstreams_) {
    if (upstream->policy == nullptr) continue;
    for (const Target& target : upstream->targets) health_.release(target.slot);
  }
}

void UpstreamSet::add_upstream(const policy::Upstream& from) {
  auto& upstream = *upstreams_.emplace_back(std::make_unique<Upstream>());
  by_name_.emplace(from.name, &upstream);
  upstream.policy = &from;
  upstream.algorithm = from.algorithm;
  upstream.passive = upstream::compile(from.healthchecks.passive);
  upstream.active = upstream::compile(from.healthchecks.active);
  upstream.threshold_percent = from.healthchecks.threshold;
  has_probes_ |= upstream.active.has_value();
  for (const policy::Target& from_target : from.targets) {
    if (from_target.weight == 0) continue;
    Target target = make_target(from_target.target, from_target.weight, from.host_header.value_or(""));
    const auto slot = health_.try_acquire(from.id, policy::HostPort{target.host, target.port}.text());
    lacks_slots_ |= !slot.has_value();
    if (!slot) continue;
    target.slot = *slot;
    upstream.targets.push_back(std::move(target));
  }
  if (from.algorithm == policy::Algorithm::kConsistentHashing) upstream.ring = ring_of(upstream.targets, from);
}

void UpstreamSet::add_service(const policy::Service& service) {
  if (const auto named = by_name_.find(service.host); named != by_name_.end()) {
    of_service_.push_back(named->second);
    return;
  }
  auto& upstream = *upstreams_.emplace_back(std::make_unique<Upstream>());
  of_service_.push_back(&upstream);
  upstream.targets.push_back(make_target({service.host, service.port}, 1, ""));
  upstream.targets.back().slot = health_.no_slot();
}

std::vector<std::string> UpstreamSet::names_to_resolve() const {
  std::vector<std::string> names;
  for (const auto& upstream : upstreams_) {
    for (const Target& target : upstream->targets) {
      if (!target.address) names.push_back(target.host);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace sluice::upstream
