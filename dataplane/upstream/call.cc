#include "upstream/call.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::upstream {

namespace {

// RFC 9110 9.2.2, as far as Kong sends again.
bool is_idempotent(std::string_view method) {
  constexpr std::string_view kMethods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
  return std::find(std::begin(kMethods), std::end(kMethods), method) != std::end(kMethods);
}

CallFailure failure_of(Balancer::Failure failure) {
  switch (failure) {
    case Balancer::Failure::kNoPeer:
      return CallFailure::kNoPeer;
    case Balancer::Failure::kNoNameResolution:
      return CallFailure::kNoNameResolution;
    case Balancer::Failure::kNoRoute:
      break;
  }
  return CallFailure::kBadResponse;
}

}  // namespace

Call::Call(const Environment& environment, CallEvents& events)
    : environment_(environment),
      events_(events),
      body_(environment.packets, environment.nodes),
      deadline_([](void* self) { static_cast<Call*>(self)->on_deadline(); }, this) {}

std::optional<CallFailure> Call::start(const CallPlan& plan, http::Request& head, http::BodySource& body) {
  plan_ = plan;
  head_ = &head;
  idempotent_ = is_idempotent(head.method);
  body_.start(body, environment_.replay_body_bytes);
  const auto failure = try_target();
  attempt_.failure = failure;
  return failure;
}

// Chooses a target and goes there.
std::optional<CallFailure> Call::try_target() {
  leave_target();
  const Clock& clock = environment_.worker.clock;
  const Instant began = clock.read();
  const auto choice = environment_.balancer.choose(*plan_.upstream, tried_, plan_.key_hash);
  if (!choice) return failure_of(choice.error());
  if (tries_ > 0) events_.on_call_retry(attempt_);
  target_ = choice->target;
  counted_ = target_->slot;
  told_ = false;
  attempt_started_ = environment_.worker.now();
  attempt_ = {.origin = choice->endpoint, .began = began, .choosing_time = clock.read() - began, .failure = {}};
  ++tries_;
  environment_.worker.count(tries_ == 1 ? Counter::kUpstreamCalls : Counter::kUpstreamRetries);
  if (plan_.host_of_target && !head_->headers.set("Host", target_->host_header(plan_.tls))) {
    environment_.worker.count(Counter::kUpstreamOutOfMemory);
    return CallFailure::kInternal;
  }
  return connect(true);
}

std::optional<CallFailure> Call::connect(bool may_reuse) {
  connect_started_ = environment_.worker.now();
  if (may_reuse) {
    http::ClientTransaction* reused = environment_.pool.try_reuse(attempt_.origin, *this);
    if (reused != nullptr) return send(*reused);
  }
  connecting_ = environment_.pool.connect(attempt_.origin, *this, *this);
  if (connecting_ == nullptr) return CallFailure::kInternal;
  step_ = Step::kConnecting;
  arm_deadline();
  return std::nullopt;
}

void Call::on_connected(http::ClientTransaction& transaction) {
  connecting_ = nullptr;
  connect_time_ = connect_time_ + (environment_.worker.now() - connect_started_);
  const auto failure = send(transaction);
  if (failure) fail(*failure, {Counter::kUpstreamOutOfMemory, Side::kSelf, "upstream.send"});
}

void Call::on_connect_failed(stream::CloseReason reason) {
  connecting_ = nullptr;
  connect_time_ = connect_time_ + (environment_.worker.now() - connect_started_);
  environment_.worker.count(Counter::kUpstreamConnectFailed);
  const bool self = reason == stream::CloseReason::kAborted;
  const bool timed_out = reason == stream::CloseReason::kTimedOut;
  if (!self) blame_target(timed_out ? Outcome::kTimeout : Outcome::kTcpFailure, plan_.connect_timeout);
  try_again_or_fail(timed_out ? CallFailure::kTimeout : CallFailure::kBadResponse,
                    {Counter::kUpstreamConnectFailed, self ? Side::kSelf : Side::kOrigin, "upstream.connect"},
                    Sent::kNothing);
}

std::optional<CallFailure> Call::send(http::ClientTransaction& transaction) {
  transaction_ = &transaction;
  step_ = Step::kWaiting;
  request_sent_ = false;
  reused_ = transaction.reused();
  const bool restarted = body_.restart();
  // What could only be sent by one more try than there can be need not be kept.
  if (!idempotent_ || (tries_ > plan_.retries && !reused_)) body_.forget();
  if (!restarted || !transaction.send_head(*head_) || !send_body()) {
    std::exchange(transaction_, nullptr)->abort();
    environment_.worker.count(Counter::kUpstreamOutOfMemory);
    return CallFailure::kInternal;
  }
  arm_deadline();
  return std::nullopt;
}

void Call::on_request_body() {
  if (transaction_ == nullptr) return;
  const size_t pending = body_.pending();
  const bool was_sent = request_sent_;
  if (!send_body()) {
    environment_.worker.count(Counter::kUpstreamOutOfMemory);
    return give_up(CallFailure::kInternal, {Counter::kUpstreamOutOfMemory, Side::kSelf, "upstream.send_body"});
  }
  // What the client sends does not put off the limit of an origin that takes none of it.
  const bool moved = body_.pending() < pending || request_sent_ != was_sent;
  if (moved || !deadline_.armed()) arm_deadline();
}

void Call::on_request_writable() {
  on_request_body();
}

// Passes on what the origin has room for. False: out of memory.
bool Call::send_body() {
  while (body_.pending() > 0) {
    const size_t room = transaction_->body_room();
    if (room == 0) return true;
    auto bytes = body_.take(room);
    if (!bytes || !transaction_->send_body(std::move(*bytes))) return false;
  }
  if (body_.complete() && !std::exchange(request_sent_, true)) {
    const http::HeaderMap* trailers = events_.on_call_trailers(body_.trailers());
    if (trailers == nullptr) return false;
    transaction_->set_trailers(*trailers);
    transaction_->finish_body();
  }
  return true;
}

void Call::on_interim(const http::Response& interim) {
  arm_deadline();
  events_.on_call_interim(interim);
}

void Call::on_response(http::Response& response) {
  step_ = Step::kReceiving;
  body_.forget();
  environment_.balancer.report_response(*plan_.upstream, *target_, response.status,
                                        environment_.worker.now() - attempt_started_);
  told_ = true;
  // What follows may outlive the policy.
  plan_.upstream = nullptr;
  target_ = nullptr;
  if (response.status == 101) begin_tunnel();
  arm_deadline();
  events_.on_call_response(response);
}

// From here on the request's body is what the client sends through the tunnel.
void Call::begin_tunnel() {
  tunnel_ = true;
  request_sent_ = false;
}

void Call::on_response_body() {
  arm_deadline();
  events_.on_call_body();
}

size_t Call::body_bytes() const {
  return transaction_ == nullptr ? 0 : transaction_->body().size();
}

bool Call::body_complete() const {
  return transaction_ != nullptr && transaction_->body_complete();
}

std::optional<SliceQueue> Call::take_body(size_t n) {
  auto bytes = take_bytes(transaction_->body(), n, environment_.nodes);
  if (bytes) {
    transaction_->consumed(n);
    arm_deadline();
  }
  return bytes;
}

void Call::end() {
  http::ClientTransaction* transaction = std::exchange(transaction_, nullptr);
  // An origin that answered before it had read the whole request cannot be sent another one.
  if (request_sent_) {
    transaction->release();
  } else {
    transaction->abort();
  }
  cancel();
}

void Call::cancel() {
  if (connecting_ != nullptr) environment_.pool.cancel(*std::exchange(connecting_, nullptr));
  if (transaction_ != nullptr) std::exchange(transaction_, nullptr)->abort();
  environment_.worker.timers.cancel(deadline_);
  leave_target();
  body_.clear();
  step_ = Step::kOver;
}

void Call::leave_target() {
  if (counted_) environment_.balancer.end_attempt(*std::exchange(counted_, std::nullopt), told_);
}

// A target that fails is no quicker than one that takes all the time that it has.
void Call::blame_target(Outcome outcome, Duration allowed) {
  const Duration took = environment_.worker.now() - attempt_started_;
  environment_.balancer.report_failure(*plan_.upstream, *target_, outcome, std::max(allowed, took));
  told_ = true;
}

void Call::on_origin_failed(Error reason) {
  transaction_ = nullptr;
  // Nothing that the target did; and whatever this side is short of, another try would take more of it.
  if (reason.side == Side::kSelf) {
    fail(CallFailure::kInternal, reason);
    return;
  }
  if (step_ == Step::kReceiving) {
    fail(CallFailure::kBadResponse, reason);
    return;
  }
  const bool lost = reason.reason == Counter::kHttpOriginClosed;
  if (lost && reused_ && !raced_ && may_send_again()) {
    // The origin closed a connection at rest while the request was on its way (RFC 9112 9.3.1): not its failure.
    raced_ = true;
    environment_.worker.count(Counter::kUpstreamKeepAliveRaces);
    const auto failure = connect(false);
    if (failure) fail(*failure, reason);
    return;
  }
  // Nor is it where the request may not be sent once more.
  if (!(lost && reused_)) blame_target(Outcome::kTcpFailure, plan_.read_timeout);
  // Not even a status line is not a reason to try again: the origin is there and did something with the request.
  if (lost) {
    try_again_or_fail(CallFailure::kBadResponse, reason, Sent::kSomething);
  } else {
    fail(CallFailure::kBadResponse, reason);
  }
}

void Call::on_deadline() {
  environment_.worker.count(Counter::kUpstreamTimeouts);
  const Error reason{Counter::kUpstreamTimeouts, Side::kOrigin, "upstream.deadline"};
  const bool was_connecting = connecting_ != nullptr;
  if (was_connecting) {
    environment_.pool.cancel(*std::exchange(connecting_, nullptr));
    connect_time_ = connect_time_ + (environment_.worker.now() - connect_started_);
  } else {
    std::exchange(transaction_, nullptr)->abort();
  }
  if (step_ == Step::kReceiving) return fail(CallFailure::kTimeout, reason);
  blame_target(Outcome::kTimeout, Duration{});  // it took what it was allowed
  try_again_or_fail(CallFailure::kTimeout, reason, was_connecting ? Sent::kNothing : Sent::kSomething);
}

void Call::try_again_or_fail(CallFailure failure, Error reason, Sent sent) {
  const bool allowed = sent == Sent::kNothing || may_send_again();
  if (!allowed || tries_ > plan_.retries) {
    fail(failure, reason);
    return;
  }
  attempt_.failure = failure;
  // When no target is left to try, the failure that there was says more than that.
  if (try_target()) fail(failure, reason);
}

bool Call::may_send_again() const {
  return idempotent_ && body_.can_restart();
}

void Call::give_up(CallFailure failure, Error reason) {
  std::exchange(transaction_, nullptr)->abort();
  fail(failure, reason);
}

void Call::fail(CallFailure failure, Error reason) {
  attempt_.failure = failure;
  cancel();
  events_.on_call_failed(failure, reason);
}

// What is waited for decides the limit. Nothing is waited for while it is the client's turn to send or to read.
void Call::arm_deadline() {
  Duration limit;
  if (step_ == Step::kConnecting) {
    limit = plan_.connect_timeout;
  } else if (tunnel_) {
    limit = plan_.read_timeout;  // of silence in both directions
  } else if (!request_sent_ && body_.pending() > 0) {
    limit = plan_.write_timeout;
  } else if (request_sent_ && body_bytes() == 0 && !body_complete()) {
    limit = plan_.read_timeout;
  } else {
    environment_.worker.timers.cancel(deadline_);
    return;
  }
  environment_.worker.timers.schedule(deadline_, environment_.worker.now() + limit);
}

}  // namespace sluice::upstream
