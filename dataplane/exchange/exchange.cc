#include "exchange/exchange.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "edge/stage.h"
#include "exchange/hash_key.h"
#include "exchange/server.h"
#include "gateway/forwarded.h"
#include "gateway/header_fields.h"
#include "gateway/plugin_chain.h"
#include "gateway/text.h"
#include "http/status.h"
#include "upstream/upstream.h"

namespace sluice::exchange {

namespace {

// Interim answers that one exchange passes on; what an origin sends beyond is dropped.
constexpr uint8_t kMaxInterims = 8;

gateway::OriginFailure origin_failure(upstream::CallFailure failure) {
  switch (failure) {
    case upstream::CallFailure::kNoPeer:
      return gateway::OriginFailure::kNoPeer;
    case upstream::CallFailure::kNoNameResolution:
      return gateway::OriginFailure::kNameResolution;
    case upstream::CallFailure::kBadResponse:
      return gateway::OriginFailure::kBadResponse;
    case upstream::CallFailure::kTimeout:
      return gateway::OriginFailure::kTimeout;
    case upstream::CallFailure::kInternal:
      break;
  }
  return gateway::OriginFailure::kInternal;
}

// Of a call that could not begin; it has counted the reason itself.
Error reason_of(upstream::CallFailure failure) {
  switch (failure) {
    case upstream::CallFailure::kNoPeer:
      return {Counter::kUpstreamNoPeer, Side::kOrigin, "exchange.call"};
    case upstream::CallFailure::kNoNameResolution:
      return {Counter::kUpstreamNameNotResolved, Side::kOrigin, "exchange.call"};
    case upstream::CallFailure::kBadResponse:
      return {Counter::kTcpNoRoute, Side::kSelf, "exchange.call"};
    default:
      return {Counter::kUpstreamOutOfMemory, Side::kSelf, "exchange.call"};
  }
}

// The field that the session writes for an answer's body (http/transaction.h), where the head does not say it.
std::optional<http::Header> framing_field(const http::Response& response, const Facts& facts, Arena& arena) {
  using http::Framing;
  if (facts.method == "HEAD" || http::is_bodiless(response.status)) return std::nullopt;
  if (response.framing.kind == Framing::kChunked || response.framing.kind == Framing::kUntilClose) {
    if (facts.version_minor == 0) return std::nullopt;
    return http::Header{"Transfer-Encoding", "chunked"};
  }
  if (response.headers.contains("Content-Length")) return std::nullopt;
  return http::Header{"Content-Length", gateway::to_decimal(arena, response.framing.length_bytes)};
}

// What is missing to speak to such a service; nothing: it is spoken to in HTTP/1.1.
std::optional<Counter> missing_protocol(policy::Protocol protocol) {
  if (protocol == policy::Protocol::kHttp) return std::nullopt;
  return policy::is_tls(protocol) ? Counter::kUpstreamTlsUnavailable : Counter::kUpstreamProtocolUnavailable;
}

}  // namespace

Exchange::Exchange(Server& server, http::ServerTransaction& transaction, http::Request& request,
                   const gateway::TrustedProxies& trusted)
    : server_(server),
      transaction_(&transaction),
      snapshot_(server.snapshots_.pin()),
      request_id_(make_request_id(server.worker_.random)),
      http_(server.worker_, transaction.arena(), request),
      limited_body_(server.sessions_.nodes, server.worker_.tasks, more_body_),
      call_(server.calls_, *this),
      collector_(transaction.arena()),
      collected_body_(server.sessions_.packets, server.sessions_.nodes, server.worker_.tasks, more_body_),
      wait_limit_([](void* self) { static_cast<Exchange*>(self)->on_wait_limit(); }, this),
      start_([](void* self) { static_cast<Exchange*>(self)->run_stages(); }, this),
      more_body_([](void* self) { static_cast<Exchange*>(self)->on_request_body(); }, this) {
  http_.started = now();
  facts_.started = server_.worker_.clock.read();
  facts_.date = server_.worker_.clock.wall_now();
  http_.request_id = {request_id_.data(), request_id_.size()};
  http_.scratch = &snapshot_->scratch(server_.worker_.id);
  http_.verified_tokens = &server_.verified_tokens_;
  http_.desks = server_.desks_;
  // Before any stage adds a field: what the client names in Connection must not take that away again.
  connection_named_fields_ = gateway::remove_hop_by_hop(request.headers);
  client_takes_trailers_ = request.headers.contains("TE");
  http_.client =
      gateway::resolve_client(trusted, request, transaction.client(), transaction.local(), transaction.secure());
  facts_.method = request.method;
  facts_.host = request.authority;
  facts_.path = request.path;
  heads_.target = request.target;
  facts_.version_minor = request.version.minor;
}

void Exchange::start(SlabHandle self) {
  http_.wait = {.worker = server_.worker_.id, .slot = self.slot, .generation = self.generation};
  server_.worker_.tasks.post(start_);
}

// Does `work` and adds its time to `sum`: a stage is over within a poll, so the poll's clock would not tell.
template <typename Work>
auto Exchange::timed(Duration& sum, Work&& work) {
  const Clock& clock = server_.worker_.clock;
  const Instant began = clock.read();
  const auto result = work();
  sum = sum + (clock.read() - began);
  return result;
}

// The request's way to the origin, until a stage waits or answers. A stage begins when the one before it has ended.
void Exchange::run_stages() {
  const Clock& clock = server_.worker_.clock;
  for (Instant began = clock.read();;) {
    Duration& sum = stage_time();
    const http::Verdict verdict = run_stage();
    const Instant ended = clock.read();
    sum = sum + (ended - std::exchange(began, ended));
    switch (verdict) {
      case http::Verdict::kWait:
        return http_.body.state == http::WholeBody::State::kWanted
                   ? start_reading(Step::kReading, http_.body.most_bytes)
                   : wait();
      case http::Verdict::kAnswer:
        answer(stage_owner());
        return;
      case http::Verdict::kContinue:
        if (!go_on()) return;
    }
  }
}

http::Verdict Exchange::run_stage() {
  switch (step_) {
    case Step::kEdgeRequest:
      return snapshot_->edge().on_client_request(edge_);
    case Step::kRoute:
      return snapshot_->gateway().route(gateway_);
    default:
      return snapshot_->gateway().access(gateway_);
  }
}

// Leaves a stage that has let the request pass. False: that was the last one, and the request is on its way.
bool Exchange::go_on() {
  switch (step_) {
    case Step::kEdgeRequest:
      step_ = Step::kRoute;
      facts_.reached_gateway = true;
      return true;
    case Step::kRoute:
      step_ = Step::kAccess;
      return true;
    default:
      hold_body();
      return false;
  }
}

Duration& Exchange::stage_time() {
  return step_ == Step::kEdgeRequest ? facts_.edge_time : facts_.gateway_time;
}

AnsweredBy Exchange::stage_owner() const {
  return step_ == Step::kEdgeRequest ? AnsweredBy::kEdge : AnsweredBy::kGateway;
}

void Exchange::wait() {
  waiting_since_ = now();
  const Duration limit = std::max(server_.settings_.wait_limit, std::exchange(http_.wait_limit, {}));
  server_.worker_.timers.schedule(wait_limit_, now() + limit);
}

// The handle that the stage has given away is void from here on.
void Exchange::end_wait() {
  stage_time() = stage_time() + (now() - *std::exchange(waiting_since_, std::nullopt));
  ++http_.wait.step;
  server_.worker_.timers.cancel(wait_limit_);
}

bool Exchange::resume(uint16_t wait, http::Verdict verdict) {
  if (!waiting_since_ || wait != http_.wait.step) return false;
  end_wait();
  if (step_ == Step::kAccess) {
    // The chain goes on behind the plugin that waited.
    gateway_.chain.verdict = verdict;
    run_stages();
  } else if (verdict == http::Verdict::kAnswer) {
    answer(stage_owner());
  } else if (go_on()) {
    run_stages();
  }
  return true;
}

bool Exchange::wake(uint16_t wait, Woken how) {
  if (!waiting_since_ || wait != http_.wait.step || step_ != Step::kAccess) return false;
  end_wait();
  gateway_.chain.repeat(how);
  run_stages();
  return true;
}

void Exchange::on_wait_limit() {
  leave_access();
  end_wait();
  server_.worker_.count(Counter::kExchangeWaitTimeouts);
  fail(gateway::OriginFailure::kInternal, {Counter::kExchangeWaitTimeouts, Side::kSelf, "exchange.wait"});
}

// Before a request ends that no plugin has ended.
void Exchange::leave_access() {
  const bool waits = step_ == Step::kReading || (step_ == Step::kAccess && waiting_since_);
  if (waits) snapshot_->gateway().leave_access(gateway_);
}

void Exchange::call_origin() {
  const policy::Service& service = *gateway_.service;
  const upstream::Upstream& upstream = snapshot_->upstreams().of(service);
  // What is hashed is the request as the plugins left it, before it becomes the origin's.
  const std::optional<uint32_t> key_hash = hash_for(upstream);
  if (!key_hash || !keep_request_head() || !prepare_upstream()) {
    fail(gateway::OriginFailure::kInternal, out_of_memory("exchange.prepare_upstream"));
    return;
  }
  step_ = Step::kOrigin;
  gateway_.proxied = facts_.call_started = now();
  if (const std::optional<Counter> missing = missing_protocol(service.protocol)) {
    server_.worker_.count(*missing);
    fail(gateway::OriginFailure::kBadResponse, {*missing, Side::kSelf, "exchange.call"});
    return;
  }
  const upstream::CallPlan plan{.upstream = &upstream,
                                .key_hash = *key_hash,
                                .tls = false,
                                .retries = service.retries,
                                .connect_timeout = service.connect_timeout,
                                .write_timeout = service.write_timeout,
                                .read_timeout = service.read_timeout,
                                .host_of_target = gateway_.upstream.host.empty()};
  const auto failure = call_.start(plan, http_.request, request_body());
  if (!failure) return;
  if (call_.tries() == 0) {
    // There was no target to stay with.
    gateway_.proxied = {};
    hash_cookie_ = {};
  }
  on_call_failed(*failure, reason_of(*failure));
}

// None: out of memory.
std::optional<uint32_t> Exchange::hash_for(const upstream::Upstream& upstream) {
  if (upstream.algorithm != policy::Algorithm::kConsistentHashing) return 0;
  const std::optional<HashKey> key = hash_key(*upstream.policy, gateway_);
  if (!key) return std::nullopt;
  hash_cookie_ = key->set_cookie;
  return upstream::HashRing::hash(key->text);
}

const LogSinks& Exchange::sinks() {
  if (!sinks_) sinks_ = gateway::PluginChains::sinks(gateway_);
  return *sinks_;
}

// The request's headers before they become the origin's. False: out of memory, like the next.
bool Exchange::keep_request_head() {
  if (sinks().count == 0) return true;
  const auto kept = keep_headers(http_.arena, http_.request.headers.all(), false);
  if (kept) heads_.request_headers = *kept;
  return kept.has_value();
}

// An origin's answer lives in its connection, which is gone before the record is written.
bool Exchange::keep_response_head(const http::Response& response) {
  if (sinks().count == 0) return true;
  const auto framing = framing_field(response, facts_, http_.arena);
  const auto kept = keep_headers(http_.arena, response.headers.all(), true, framing);
  if (kept) heads_.response_headers = *kept;
  return kept.has_value() && (!heads_.request_headers.empty() || keep_request_head());
}

// Makes the client's request the origin's.
bool Exchange::prepare_upstream() {
  if (!snapshot_->gateway().prepare_upstream(gateway_) || !put_host_first()) return false;
  snapshot_->edge().on_origin_request(http_.request);
  // The session has asked the client for its body (RFC 9110 10.1.1): there is nothing left to expect.
  http_.request.headers.remove("Expect");
  return true;
}

// The request's headers begin with Host; where it is the target's own, the call fills it in.
bool Exchange::put_host_first() {
  if (!http_.request.headers.add("Host", gateway_.upstream.host)) return false;
  const std::span<http::Header> headers = http_.request.headers.all();
  std::rotate(headers.begin(), headers.end() - 1, headers.end());
  return true;
}

void Exchange::on_response_writable() {
  if (step_ == Step::kRelaying) {
    relay_body();
  } else if (step_ == Step::kAnswering) {
    send_answer_body();
  }
}

void Exchange::on_client_gone(Error reason) {
  leave_access();
  note_failure(reason);
  note_wire_bytes();
  transaction_ = nullptr;
  finish(Ending::kClientGone);
}

// As in Kong the latencies that the client is told are of the last try.
void Exchange::on_call_retry(const upstream::Attempt& failed) {
  gateway_.proxied = now();
  if (sinks().count == 0) return;
  constexpr size_t kMost = AccessRecord::kMostTries - 1;
  const size_t kept = facts_.earlier_tries.size();
  if (kept == 0) try_room_ = http_.arena.try_array<upstream::Attempt>(kMost);
  if (kept == try_room_.size()) return;
  try_room_[kept] = failed;
  facts_.earlier_tries = try_room_.first(kept + 1);
}

void Exchange::on_call_interim(const http::Response& interim) {
  // A 100 that the client was to wait for has been sent on this side (RFC 9110 10.1.1).
  if (interim.status == 100 && http_.request.expects_continue) return;
  if (++interims_ > kMaxInterims) {
    server_.worker_.count(Counter::kExchangeInterimDropped);
    return;
  }
  http::Response copy = interim;
  copy.headers = http::HeaderMap(http_.arena);
  bool sent = true;
  for (const http::Header& header : interim.headers.all()) sent &= copy.headers.add(header.name, header.value);
  gateway::remove_hop_by_hop(copy.headers);
  if (!sent || !transaction_->send_interim(copy)) abort(out_of_memory("exchange.interim"));
}

void Exchange::on_call_response(http::Response& response) {
  facts_.origin_status = response.status;
  facts_.call_answered = now();
  facts_.answered_by = AnsweredBy::kOrigin;
  step_ = Step::kRelaying;
  fit_to_client_method(response);
  const bool good = timed(facts_.gateway_time, [&] {
    return (hash_cookie_.empty() || add_cookie(response, hash_cookie_)) &&
           snapshot_->gateway().on_response(gateway_, response, server_.date());
  });
  if (!good || !send_head(response)) {
    abort(out_of_memory("exchange.relay"));
    return;
  }
  if (response.status == 101) {
    note_wire_bytes();
    if (!let_go_of_policy()) return abort(out_of_memory("exchange.tunnel"));
  }
  if (gateway_.answer_body.dropped) return drop_answer();
  collects_answer_ =
      gateway_.answer_body.most_bytes > 0 && facts_.method != "HEAD" && !http::is_bodiless(response.status);
  if (collects_answer_) collector_.start(gateway_.answer_body.most_bytes);
  relay_body();
}

// A plugin has put an answer without a body in the place of the origin's.
void Exchange::drop_answer() {
  call_.cancel();
  transaction_->finish_body();
  finish(Ending::kComplete);
}

// An answer, and a tunnel more so, may outlive many policies: what its records need of this one is copied, and the
// snapshot is pinned no longer. False: out of memory, it still is.
bool Exchange::let_go_of_policy() {
  const bool wants_access = sinks().count > 0;
  if (wants_access && described_access_ == nullptr) described_access_ = http_.arena.try_make<AccessRecord>();
  if (wants_access && described_access_ == nullptr) return false;
  described_ = http_.arena.try_make<Description>();
  if (described_ == nullptr) return false;
  server_.recorder_.describe(facts_, gateway_, *snapshot_, *described_);
  if (wants_access) {
    server_.access_recorder_.describe(sinks(), facts_, heads_, gateway_, *snapshot_, *described_access_);
    owed_access_ = server_.snapshots_.owed_records().owe(snapshot_->generation());
  }
  snapshot_.release();
  return true;
}

// A rewritten method must not show: a client that sent HEAD gets no body, any other a framing without a body's length.
void Exchange::fit_to_client_method(http::Response& response) {
  const bool client_head = facts_.method == "HEAD";
  const bool origin_head = http_.request.method == "HEAD";
  if (client_head && !origin_head) {
    response.framing = {};
  } else if (origin_head && !client_head && !http::is_bodiless(response.status)) {
    response.headers.remove("Content-Length");
    response.framing = {.kind = http::Framing::kLength};
  }
}

void Exchange::on_call_body() {
  relay_body();
}

// The body filters need all of it. What is too long for them is passed on as it is.
void Exchange::collect_answer() {
  const size_t n = call_.body_bytes();
  const BodyCollector::Room room = collector_.make_room(n);
  if (room != BodyCollector::Room::kMade) {
    const bool too_long = room == BodyCollector::Room::kTooLong;
    server_.worker_.count(too_long ? Counter::kGatewayBodyTooLong : Counter::kGatewayBodyNoMemory);
    collects_answer_ = false;
    answer_left_ = collector_.bytes();
    return relay_body();
  }
  if (n > 0) {
    auto bytes = call_.take_body(n);
    if (!bytes) return abort(out_of_memory("exchange.collect_answer"));
    collector_.take(*bytes);
  }
  if (!call_.body_complete()) return;
  server_.worker_.count(Counter::kGatewayBodyInspected);
  call_.end();
  step_ = Step::kAnswering;
  answer_left_ = timed(facts_.gateway_time, [&] { return gateway::Stage::filter_body(gateway_, collector_.bytes()); });
  send_answer_body();
}

void Exchange::on_call_failed(upstream::CallFailure failure, Error reason) {
  facts_.call_ended = now();
  if (step_ == Step::kRelaying) {
    abort(reason);
  } else {
    fail(origin_failure(failure), reason);
  }
}

void Exchange::fail(gateway::OriginFailure failure, Error reason) {
  note_failure(reason);
  snapshot_->gateway().answer_failure(gateway_, failure);
  answer(AnsweredBy::kGateway);
}

// Sends http_.answer.
void Exchange::answer(AnsweredBy by) {
  if (edge_.refusal) note_failure(*edge_.refusal);
  facts_.answered_by = by;
  step_ = Step::kAnswering;
  http::Response& head = http_.answer.head;
  const bool good = frame_answer(head) && timed(facts_.gateway_time, [&] {
                      return (hash_cookie_.empty() || add_cookie(head, hash_cookie_)) &&
                             snapshot_->gateway().finish_answer(gateway_, server_.date());
                    });
  // The filters may have changed the body, and told its length no more.
  if (head.framing.kind != http::Framing::kNone) answer_left_ = http_.answer.body;
  if (head.framing.kind == http::Framing::kLength) head.framing.length_bytes = answer_left_.size();
  if (!good || !send_head(head)) {
    abort(out_of_memory("exchange.answer"));
    return;
  }
  send_answer_body();
}

bool Exchange::frame_answer(http::Response& head) {
  const size_t length_bytes = http_.answer.body.size();
  head.framing = {.kind = http::Framing::kLength, .length_bytes = length_bytes};
  if (facts_.method != "HEAD" && !http::is_bodiless(head.status)) {
    // Of an answer kept for a HEAD, which a rule may have made of a GET.
    head.headers.remove("Content-Length");
    return true;
  }
  head.framing = {};
  // Only who kept an answer to a HEAD knows how long that to a GET is.
  if (http::is_bodiless(head.status) || head.headers.contains("Content-Length")) return true;
  char digits[20];
  const char* end = std::to_chars(std::begin(digits), std::end(digits), length_bytes).ptr;
  return head.headers.set_copy("Content-Length", {digits, static_cast<size_t>(end - digits)});
}

// The last stage on the way back, and the head itself.
bool Exchange::send_head(http::Response& response) {
  if (!timed(facts_.edge_time, [&] { return snapshot_->edge().on_client_response(edge_, response); })) return false;
  if (!keep_response_head(response)) return false;
  facts_.status = response.status;
  facts_.answered = server_.worker_.clock.read();
  return transaction_->send_head(response);
}

void Exchange::abort(Error reason) {
  note_failure(reason);
  finish(Ending::kTruncated);
}

Error Exchange::out_of_memory(const char* where) const {
  server_.worker_.count(Counter::kExchangeOutOfMemory);
  return {Counter::kExchangeOutOfMemory, Side::kSelf, where};
}

// The first failure is the cause, what follows are its consequences.
void Exchange::note_failure(Error reason) {
  if (facts_.failure.failed) return;
  facts_.failure = {.failed = true, .reason = reason.reason, .side = reason.side};
}

// What goes through a tunnel is no part of its request, but of what was sent.
void Exchange::note_wire_bytes() {
  if (transaction_ == nullptr) return;
  const http::WireBytes request = facts_.wire;
  facts_.wire = transaction_->wire_bytes();
  if (facts_.status != 101 || described_ == nullptr) return;
  facts_.wire.head = request.head;
  facts_.wire.received = request.received;
}

// Writes the records, lets go of client and origin, and destroys the exchange.
void Exchange::finish(Ending ending) {
  facts_.ending = ending;
  facts_.ended = server_.worker_.clock.read();
  facts_.tries = call_.tries();
  facts_.last_try = call_.attempt();
  facts_.connect_time = call_.connect_time();
  // What the client sent, not what plugins have made of it.
  if (!collected_body_.started() || http_.body.state != http::WholeBody::State::kRead) {
    facts_.request_body_bytes = std::max(facts_.request_body_bytes, call_.request_body_bytes());
  }
  note_wire_bytes();
  if (facts_.call_ended == Instant{}) facts_.call_ended = now();
  if (described_ == nullptr) {
    server_.recorder_.record(facts_, gateway_, *snapshot_);
    if (sinks().count > 0) server_.access_recorder_.record(sinks(), facts_, heads_, gateway_, *snapshot_);
  } else {
    server_.recorder_.record(facts_, *described_);
    if (described_access_ != nullptr) server_.access_recorder_.record(*described_access_, facts_);
  }
  count_end();
  call_.cancel();
  if (ending == Ending::kComplete) {
    transaction_->release();
  } else if (transaction_ != nullptr) {
    transaction_->abort();
  }
  server_.exchanges_.release(this);
}

void Exchange::count_end() const {
  WorkerContext& worker = server_.worker_;
  if (facts_.ending == Ending::kClientGone) worker.count(Counter::kExchangeClientGone);
  if (facts_.ending == Ending::kTruncated) worker.count(Counter::kExchangeTruncated);
  if (facts_.status == 0) return;
  switch (facts_.answered_by) {
    case AnsweredBy::kEdge:
      return worker.count(Counter::kExchangeAnsweredByEdge);
    case AnsweredBy::kGateway:
      return worker.count(Counter::kExchangeAnsweredByGateway);
    default:
      return worker.count(Counter::kExchangeAnsweredByOrigin);
  }
}

Instant Exchange::now() const {
  return server_.worker_.now();
}

}  // namespace sluice::exchange
