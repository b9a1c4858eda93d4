#include "upstream/balancer.h"

#include <algorithm>
#include <array>
#include <span>

namespace sluice::upstream {

namespace {

size_t index_of(const Upstream& upstream, const Target& target) {
  return static_cast<size_t>(&target - upstream.targets.data());
}

}  // namespace

// What one choice looks for.
struct Balancer::Search {
  const Balancer& balancer;
  const Upstream& upstream;
  const TriedTargets& tried;
  uint32_t key_hash;

  bool accepts(size_t index) const {
    return !tried.contains(index) && balancer.usable(upstream, upstream.targets[index]);
  }
};

Balancer::Balancer(WorkerContext& context, HealthTable& health, const AddressBook& first_book,
                   const stream::Connector& connector)
    : context_(context), health_(health), book_(&first_book), connector_(connector), loads_(health.capacity() + 1) {}

Result<Balancer::Choice, Balancer::Failure> Balancer::choose(const Upstream& upstream, TriedTargets& tried,
                                                             uint32_t key_hash) {
  if (below_threshold(upstream)) {
    context_.count(Counter::kUpstreamNoPeer);
    return Failure::kNoPeer;
  }
  TriedTargets out_of_reach;
  while (true) {
    const Target* target = pick({*this, upstream, tried, key_hash});
    if (target == nullptr) target = pick({*this, upstream, out_of_reach, key_hash});
    if (target == nullptr) break;
    tried.add(index_of(upstream, *target));
    TargetLoad& chosen = load(*target);
    const std::optional<Endpoint> endpoint = next_endpoint(*target, chosen.next_address);
    if (!endpoint) {
      out_of_reach.add(index_of(upstream, *target));
      continue;
    }
    chosen.last_choice = ++choices_;
    chosen.begin(context_.now());
    return Choice{target, *endpoint};
  }
  if (!out_of_reach.empty()) return Failure::kNoRoute;
  const bool own_host = upstream.policy == nullptr;
  context_.count(own_host ? Counter::kUpstreamNameNotResolved : Counter::kUpstreamNoPeer);
  return own_host ? Failure::kNoNameResolution : Failure::kNoPeer;
}

void Balancer::end_attempt(TargetSlot slot, bool told) {
  TargetLoad& l = loads_[slot.index];
  if (l.generation != slot.generation || l.in_progress == 0) return;
  --l.in_progress;
  if (!told && l.unanswered > 0) --l.unanswered;
}

void Balancer::report(const Upstream& upstream, const Target& target, Outcome outcome) {
  const HealthThresholds& thresholds = upstream.passive.thresholds;
  if (!thresholds.any() || !health_.report(target.slot, outcome, thresholds)) return;
  context_.count(outcome == Outcome::kSuccess ? Counter::kUpstreamTargetUp : Counter::kUpstreamTargetDown);
}

void Balancer::report_response(const Upstream& upstream, const Target& target, uint16_t status, Duration latency) {
  note_answer(upstream, target, latency);
  if (const auto outcome = upstream.passive.statuses.outcome_of(status)) report(upstream, target, *outcome);
}

void Balancer::report_failure(const Upstream& upstream, const Target& target, Outcome outcome, Duration latency) {
  note_answer(upstream, target, latency);
  report(upstream, target, outcome);
}

void Balancer::note_answer(const Upstream& upstream, const Target& target, Duration latency) {
  if (upstream.algorithm == policy::Algorithm::kLatency) load(target).latency.add(latency, context_.now());
  load(target).note_answer(context_.now());
}

bool Balancer::usable(const Upstream& upstream, const Target& target) const {
  if (upstream.watches_health() && !health_.healthy(target.slot)) return false;
  return target.address.has_value() || !book_->find(target.host).empty();
}

bool Balancer::below_threshold(const Upstream& upstream) const {
  if (upstream.threshold_percent <= 0 || !upstream.watches_health()) return false;
  uint64_t all = 0;
  uint64_t healthy = 0;
  for (const Target& target : upstream.targets) {
    all += target.weight;
    if (health_.healthy(target.slot)) healthy += target.weight;
  }
  return static_cast<double>(healthy) * 100 < upstream.threshold_percent * static_cast<double>(all);
}

const Target* Balancer::pick(const Search& search) {
  const std::vector<Target>& targets = search.upstream.targets;
  if (targets.size() == 1) return search.accepts(0) ? &targets.front() : nullptr;
  switch (search.upstream.algorithm) {
    case policy::Algorithm::kConsistentHashing:
      return next_on_ring(search);
    case policy::Algorithm::kLeastConnections:
      return least_loaded(search);
    case policy::Algorithm::kLatency:
      return quickest(search);
    case policy::Algorithm::kRoundRobin:
      break;
  }
  return next_round_robin(search);
}

// Every target that may be used gains its weight, the one that has most is chosen and pays the sum of what all gained.
const Target* Balancer::next_round_robin(const Search& search) {
  const Target* best = nullptr;
  TargetLoad* best_load = nullptr;
  int32_t gained = 0;
  for (size_t i = 0; i < search.upstream.targets.size(); ++i) {
    if (!search.accepts(i)) continue;
    const Target& target = search.upstream.targets[i];
    TargetLoad& l = load(target);
    l.round_robin += target.weight;
    gained += target.weight;
    if (best == nullptr || l.round_robin > best_load->round_robin) {
      best = &target;
      best_load = &l;
    }
  }
  if (best != nullptr) best_load->round_robin -= gained;
  return best;
}

// A target that is out leaves its keys to the next below, and gets them back with its health.
const Target* Balancer::next_on_ring(const Search& search) {
  // Without this a request would go round the whole ring to find that all targets are out.
  const auto accepted = [&](const Target& target) { return search.accepts(index_of(search.upstream, target)); };
  if (std::ranges::none_of(search.upstream.targets, accepted)) return nullptr;
  const int32_t index = search.upstream.ring.find(search.key_hash, [&](size_t i) { return search.accepts(i); });
  return index < 0 ? nullptr : &search.upstream.targets[static_cast<size_t>(index)];
}

const Target* Balancer::least_loaded(const Search& search) {
  const Target* best = nullptr;
  const TargetLoad* best_load = nullptr;
  for (size_t i = 0; i < search.upstream.targets.size(); ++i) {
    if (!search.accepts(i)) continue;
    const Target& target = search.upstream.targets[i];
    const TargetLoad& l = load(target);
    if (best != nullptr) {
      const uint64_t score = (uint64_t{l.in_progress} + 1) * best->weight;
      const uint64_t best_score = (uint64_t{best_load->in_progress} + 1) * target.weight;
      if (score > best_score || (score == best_score && l.last_choice >= best_load->last_choice)) continue;
    }
    best = &target;
    best_load = &l;
  }
  return best;
}

// Two of those that may be used are drawn, each pair as likely as any other.
const Target* Balancer::quickest(const Search& search) {
  std::array<const Target*, 2> drawn{};
  size_t accepted = 0;
  for (size_t i = 0; i < search.upstream.targets.size(); ++i) {
    if (!search.accepts(i)) continue;
    const size_t place = accepted < drawn.size() ? accepted : context_.random.below(accepted + 1);
    if (place < drawn.size()) drawn[place] = &search.upstream.targets[i];
    ++accepted;
  }
  if (accepted < drawn.size()) return drawn[0];
  const double first = latency_score(search.upstream, *drawn[0]);
  const double second = latency_score(search.upstream, *drawn[1]);
  if (first == second) return drawn[context_.random.below(2)];
  return drawn[first < second ? 0 : 1];
}

// A target that never answered is tried once; as long as that attempt lasts it counts as the average of the others, or
// as long as it has lasted: what is measured fades while a target that has died says nothing.
double Balancer::latency_score(const Upstream& upstream, const Target& target) {
  const TargetLoad& l = load(target);
  const double untried_us = l.in_progress == 0 ? 0 : average_latency(upstream);
  const double known_us = l.latency.measured() ? l.latency.at(context_.now()) : untried_us;
  return std::max(known_us, static_cast<double>(l.silence(context_.now()).us())) / target.weight;
}

double Balancer::average_latency(const Upstream& upstream) {
  double sum = 0;
  size_t measured = 0;
  for (const Target& target : upstream.targets) {
    const TargetLoad& l = load(target);
    if (!l.latency.measured()) continue;
    sum += l.latency.at(context_.now());
    ++measured;
  }
  return measured == 0 ? 0 : sum / static_cast<double>(measured);
}

std::optional<Endpoint> Balancer::next_endpoint(const Target& target, uint32_t& turn) const {
  const std::span<const IpAddress> addresses =
      target.address ? std::span(&*target.address, 1) : std::span(book_->find(target.host));
  for (size_t i = 0; i < addresses.size(); ++i) {
    const IpAddress& address = addresses[turn++ % addresses.size()];
    if (connector_.reaches(address)) return Endpoint{address, target.port};
    context_.count(Counter::kTcpNoRoute);
  }
  return std::nullopt;
}

TargetLoad& Balancer::load(const Target& target) {
  TargetLoad& l = loads_[target.slot.index];
  if (l.generation != target.slot.generation) l = {.generation = target.slot.generation};
  return l;
}

}  // namespace sluice::upstream
