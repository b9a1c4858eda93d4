#include "upstream/balancer.h"

namespace sluice::upstream {

Balancer::Balancer(WorkerContext& context, HealthTable& health, const AddressBook& first_book)
    : context_(context), health_(health), book_(&first_book), positions_(health.capacity()) {}

Result<Balancer::Choice, Balancer::Failure> Balancer::choose(const Upstream& upstream, TriedTargets& tried) {
  if (below_threshold(upstream)) {
    context_.count(Counter::kUpstreamNoPeer);
    return Failure::kNoPeer;
  }
  // The switch of algorithms: the compiler of snapshots lets only round-robin through.
  const Target* target = next_round_robin(upstream, tried, false);
  if (target == nullptr) target = next_round_robin(upstream, tried, true);
  if (target == nullptr) {
    const bool own_host = upstream.policy == nullptr;
    context_.count(own_host ? Counter::kUpstreamNameNotResolved : Counter::kUpstreamNoPeer);
    return own_host ? Failure::kNoNameResolution : Failure::kNoPeer;
  }
  tried.add(static_cast<size_t>(target - upstream.targets.data()));
  return Choice{target, next_endpoint(*target)};
}

void Balancer::report(const Upstream& upstream, const Target& target, Outcome outcome) {
  if (!upstream.watches_health()) return;
  if (!health_.report(target.slot, outcome, upstream.passive)) return;
  context_.count(outcome == Outcome::kSuccess ? Counter::kUpstreamTargetUp : Counter::kUpstreamTargetDown);
}

void Balancer::report_status(const Upstream& upstream, const Target& target, uint16_t status) {
  if (!upstream.watches_health() || status >= upstream.statuses.healthy.size()) return;
  if (upstream.statuses.unhealthy[status]) {
    report(upstream, target, Outcome::kHttpFailure);
  } else if (upstream.statuses.healthy[status]) {
    report(upstream, target, Outcome::kSuccess);
  }
}

bool Balancer::usable(const Upstream& upstream, const Target& target) const {
  if (upstream.policy != nullptr && !health_.healthy(target.slot)) return false;
  return target.address.has_value() || !book_->find(target.host).empty();
}

bool Balancer::below_threshold(const Upstream& upstream) const {
  if (upstream.threshold_percent <= 0) return false;
  uint64_t all = 0;
  uint64_t healthy = 0;
  for (const Target& target : upstream.targets) {
    all += target.weight;
    if (health_.healthy(target.slot)) healthy += target.weight;
  }
  return static_cast<double>(healthy) * 100 < upstream.threshold_percent * static_cast<double>(all);
}

// Every usable target gains its weight, the one that has most is chosen and pays the sum of what all gained.
// again: targets that were tried before count too.
const Target* Balancer::next_round_robin(const Upstream& upstream, const TriedTargets& tried, bool again) {
  if (upstream.targets.size() == 1) {
    const Target& only = upstream.targets.front();
    return usable(upstream, only) ? &only : nullptr;
  }
  const Target* best = nullptr;
  Position* best_position = nullptr;
  int32_t gained = 0;
  for (size_t i = 0; i < upstream.targets.size(); ++i) {
    const Target& target = upstream.targets[i];
    if ((!again && tried.contains(i)) || !usable(upstream, target)) continue;
    Position& p = position(target);
    p.current += target.weight;
    gained += target.weight;
    if (best == nullptr || p.current > best_position->current) {
      best = &target;
      best_position = &p;
    }
  }
  if (best != nullptr) best_position->current -= gained;
  return best;
}

Endpoint Balancer::next_endpoint(const Target& target) {
  if (target.address) return {*target.address, target.port};
  const AddressBook::Addresses& addresses = book_->find(target.host);
  return {addresses[position(target).next_address++ % addresses.size()], target.port};
}

Balancer::Position& Balancer::position(const Target& target) {
  Position& p = positions_[target.slot.index];
  if (p.generation != target.slot.generation) p = {.generation = target.slot.generation};
  return p;
}

}  // namespace sluice::upstream
