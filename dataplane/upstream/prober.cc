#include "upstream/prober.h"

#include <utility>

namespace sluice::upstream {

// ---- One probe

Probe::Probe(Prober& prober, const Upstream& upstream, const Target& target)
    : prober_(prober),
      upstream_(upstream),
      target_(target),
      arena_(prober.worker_.blocks),
      deadline_([](void* self) { static_cast<Probe*>(self)->on_deadline(); }, this) {}

Probe::~Probe() {
  if (connecting_ != nullptr) prober_.environment_.pool.cancel(*connecting_);
  if (transaction_ != nullptr) transaction_->abort();
}

bool Probe::start(const Endpoint& endpoint) {
  connecting_ = prober_.environment_.pool.connect(endpoint, *this, *this);
  if (connecting_ == nullptr) return false;
  prober_.worker_.timers.schedule(deadline_, prober_.worker_.now() + upstream_.active->timeout);
  return true;
}

void Probe::on_connected(http::ClientTransaction& transaction) {
  connecting_ = nullptr;
  transaction_ = &transaction;
  if (!upstream_.active->http) return prober_.finish(*this, Outcome::kSuccess);
  if (!send_request()) prober_.finish(*this, std::nullopt);
}

bool Probe::send_request() {
  http::Request request(arena_);
  request.method = "GET";
  request.target = upstream_.active->path;
  bool good = request.headers.add("Host", target_.host_header(false));
  for (const auto& [name, value] : upstream_.active->headers) good = good && request.headers.add(name, value);
  if (!good || !transaction_->send_head(request)) return false;
  transaction_->finish_body();
  return true;
}

void Probe::on_connect_failed(stream::CloseReason reason) {
  connecting_ = nullptr;
  if (reason == stream::CloseReason::kAborted) return prober_.finish(*this, std::nullopt);
  prober_.finish(*this, reason == stream::CloseReason::kTimedOut ? Outcome::kTimeout : Outcome::kTcpFailure);
}

void Probe::on_response(http::Response& response) {
  prober_.finish(*this, upstream_.active->statuses.outcome_of(response.status));
}

void Probe::on_origin_failed(Error reason) {
  transaction_ = nullptr;
  prober_.finish(*this, reason.side == Side::kSelf ? std::nullopt : std::optional(Outcome::kTcpFailure));
}

void Probe::on_deadline() {
  prober_.finish(*this, Outcome::kTimeout);
}

// ---- All of them

Prober::Prober(const Environment& environment)
    : environment_(environment),
      worker_(environment.sessions.worker),
      schedules_(environment.health.capacity()),
      probes_(kMostProbes),
      tick_([](void* self) { static_cast<Prober*>(self)->on_tick(); }, this) {}

void Prober::watch(const UpstreamSet* upstreams) {
  probes_.for_each([this](Probe& probe) {
    schedule(probe.target()) = {.generation = probe.target().slot.generation};
    probes_.release(&probe);
  });
  upstreams_ = upstreams;
  if (upstreams == nullptr) {
    worker_.timers.cancel(tick_);
  } else {
    worker_.timers.schedule(tick_, worker_.now());
  }
}

void Prober::on_tick() {
  for (const auto& upstream : upstreams_->all()) {
    if (upstream->active) probe_due(*upstream);
  }
  worker_.timers.schedule(tick_, worker_.now() + kTick);
}

void Prober::probe_due(const Upstream& upstream) {
  for (const Target& target : upstream.targets) {
    if (!due(upstream, target)) continue;
    if (!has_room(upstream)) return worker_.count(Counter::kUpstreamProbesPutOff);
    begin(upstream, target);
  }
}

bool Prober::due(const Upstream& upstream, const Target& target) {
  if (target.slot.index % environment_.workers != worker_.id.value) return false;
  const Schedule& s = schedule(target);
  const Duration interval = upstream.active->interval(environment_.health.healthy(target.slot));
  if (s.in_progress || interval == Duration{}) return false;
  return !s.last || *s.last + interval <= worker_.now();
}

bool Prober::has_room(const Upstream& upstream) {
  if (probes_.size() == probes_.capacity()) return false;
  uint32_t in_progress = 0;
  probes_.for_each([&](const Probe& probe) { in_progress += &probe.upstream() == &upstream ? 1 : 0; });
  return in_progress < upstream.active->concurrency;
}

void Prober::begin(const Upstream& upstream, const Target& target) {
  Schedule& s = schedule(target);
  s.last = worker_.now();
  // A name without an address, or without a way there, tells nothing of the target; the balancer passes it over anyway.
  const std::optional<Endpoint> endpoint = environment_.balancer.next_endpoint(target, s.turn);
  if (!endpoint) return;
  Probe* probe = probes_.try_take(*this, upstream, target);
  worker_.count(Counter::kUpstreamProbes);
  s.in_progress = true;
  if (!probe->start(*endpoint)) finish(*probe, std::nullopt);
}

// outcome: nothing when the probe told nothing of the target: we failed, or its status is in neither list.
void Prober::finish(Probe& probe, std::optional<Outcome> outcome) {
  const Target& target = probe.target();
  schedule(target).in_progress = false;
  if (outcome && *outcome != Outcome::kSuccess) worker_.count(Counter::kUpstreamProbesFailed);
  if (outcome && environment_.health.report(target.slot, *outcome, probe.upstream().active->thresholds)) {
    worker_.count(*outcome == Outcome::kSuccess ? Counter::kUpstreamTargetUp : Counter::kUpstreamTargetDown);
  }
  probes_.release(&probe);
}

Prober::Schedule& Prober::schedule(const Target& target) {
  Schedule& s = schedules_[target.slot.index];
  if (s.generation != target.slot.generation) s = {.generation = target.slot.generation};
  return s;
}

}  // namespace sluice::upstream
