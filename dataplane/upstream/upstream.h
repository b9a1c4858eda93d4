// Upstream: where requests of a service can go: weighted targets and the rules of choosing among them.
//
// Compiled from the policy, part of a snapshot, immutable. A service whose host is not an upstream's name gets an
// upstream of its own with that host as the only target and without health checks, as in Kong. Such a target takes no
// room in the health table: there may be as many services as memory holds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sluice/ip_address.h"
#include "sluice/policy/policy.h"
#include "sluice/result.h"
#include "upstream/checks.h"
#include "upstream/hash_ring.h"
#include "upstream/health.h"

namespace sluice::upstream {

struct Target {
  std::string host;  // lower case
  Port port;
  uint16_t weight = 1;               // at least 1: targets of weight 0 get nothing and are left out
  std::optional<IpAddress> address;  // of a literal; none: the address book has it
  std::string authority;             // host[:port] or host_header[:port] for Host; always with the port
  size_t authority_host_length = 0;  // without the port
  TargetSlot slot;

  // What Host says: the port is left out where it is the default of the scheme (RFC 9110 4.2.3).
  std::string_view host_header(bool tls) const {
    const std::string_view text = authority;
    return port.value == (tls ? 443 : 80) ? text.substr(0, authority_host_length) : text;
  }
};

struct Upstream {
  const policy::Upstream* policy = nullptr;  // nullptr: made from a service's host
  policy::Algorithm algorithm = policy::Algorithm::kRoundRobin;
  std::vector<Target> targets;
  HashRing ring;  // of consistent-hashing
  PassiveCheck passive;
  std::optional<ActiveCheck> active;
  double threshold_percent = 0;  // of the weight that must be healthy, else no target is; 0: off

  bool watches_health() const { return passive.thresholds.any() || active.has_value(); }
};

// The upstreams of one policy. Holds its targets' slots in the health table until it is destroyed.
class UpstreamSet {
 public:
  // The error says that the health table has no room for the targets, which is no single one's fault. REQUIRES:
  // `policy` and `health` outlive the result. Control side.
  static Result<std::unique_ptr<const UpstreamSet>, std::string> compile(const policy::Policy& policy,
                                                                         HealthTable& health);
  ~UpstreamSet();
  UpstreamSet(const UpstreamSet&) = delete;
  UpstreamSet& operator=(const UpstreamSet&) = delete;

  // REQUIRES: `service` is one of the policy's.
  const Upstream& of(const policy::Service& service) const {
    return *of_service_[static_cast<size_t>(&service - policy_.services.data())];
  }

  // Some of them have active checks.
  bool has_probes() const { return has_probes_; }
  // All of them: first the policy's upstreams in their order, then those made from services.
  const std::vector<std::unique_ptr<Upstream>>& all() const { return upstreams_; }
  // What is known of a target of this set; healthy where nothing checks it.
  bool healthy(const Upstream& upstream, const Target& target) const {
    return !upstream.watches_health() || health_.healthy(target.slot);
  }
  // The names that must be resolved, in lower case, each once.
  std::vector<std::string> names_to_resolve() const;

 private:
  UpstreamSet(const policy::Policy& policy, HealthTable& health) : policy_(policy), health_(health) {}
  void add_upstream(const policy::Upstream& from);
  void add_service(const policy::Service& service);

  const policy::Policy& policy_;
  HealthTable& health_;
  std::vector<std::unique_ptr<Upstream>> upstreams_;
  std::unordered_map<std::string_view, const Upstream*> by_name_;  // the policy's own
  std::vector<const Upstream*> of_service_;
  bool has_probes_ = false;
  bool lacks_slots_ = false;
};

}  // namespace sluice::upstream
