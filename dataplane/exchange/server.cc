#include "exchange/server.h"

#include "gateway/stage.h"
#include "upstream/upstream.h"

namespace sluice::exchange {

Server::Server(const Environment& environment, const ServerSettings& settings)
    : sessions_(environment.sessions),
      worker_(environment.sessions.worker),
      settings_(settings),
      verified_tokens_(environment.verified_tokens),
      desks_(environment.desks),
      balancer_(worker_, environment.health, environment.addresses, environment.connector),
      pool_(sessions_, environment.connector, settings.pool),
      prober_({sessions_, pool_, balancer_, environment.health, settings.workers}),
      calls_{worker_, sessions_.packets, sessions_.nodes, balancer_, pool_, sessions_.limits.replay_body_bytes},
      recorder_(worker_, settings.log_ring_records),
      access_recorder_(worker_, settings.access_ring_records),
      refusal_arena_(worker_.blocks),
      refusals_answered_([](void* self) { static_cast<Server*>(self)->refusal_arena_.clear(); }, this),
      exchanges_(settings.exchanges) {}

void Server::adopt(const Snapshot& next) {
  snapshots_.adopt(next);
  const upstream::UpstreamSet& upstreams = next.upstreams();
  prober_.watch(upstreams.has_probes() ? &upstreams : nullptr);
  probed_ = upstreams.has_probes() ? snapshots_.pin() : SnapshotHolder::Pin();
}

void Server::leave_origins() {
  prober_.watch(nullptr);
  probed_.release();
  pool_.close_resting();
}

http::ServerTransactionEvents* Server::begin(http::ServerTransaction& transaction, http::Request& request,
                                             const gateway::TrustedProxies& trusted) {
  if (snapshots_.current() == nullptr) {
    worker_.count(Counter::kExchangeNoSnapshot);
    return nullptr;
  }
  Exchange* exchange = exchanges_.try_take(*this, transaction, request, trusted);
  worker_.count(exchange == nullptr ? Counter::kExchangeFull : Counter::kExchangeRequests);
  if (exchange != nullptr) exchange->start(exchanges_.handle(exchange));
  return exchange;
}

void Server::refuse(const http::RequestHandler::Refusal& refusal, http::Response& answer, std::string_view& body) {
  const RequestId id = make_request_id(worker_.random);
  const Snapshot* snapshot = snapshots_.current();
  if (snapshot != nullptr) {
    body = answer_refused(refusal, {id.data(), id.size()}, *snapshot, answer);
    // The session writes the answer as soon as this returns.
    worker_.tasks.post(refusals_answered_);
  }
  if (!refusal.had_exchange) recorder_.record_refusal(refusal, id, snapshot);
}

std::string_view Server::answer_refused(const http::RequestHandler::Refusal& refusal, std::string_view request_id,
                                        const Snapshot& snapshot, http::Response& answer) {
  http::Request unread(refusal_arena_);
  http::RequestContext http(worker_, refusal_arena_, refusal.request == nullptr ? unread : *refusal.request);
  http.client = {.peer = refusal.client, .local = refusal.local, .address = refusal.client.address};
  http.scratch = &snapshot.scratch(worker_.id);
  http.request_id = refusal_arena_.try_copy(request_id);
  http.started = worker_.now();
  gateway::Context context(http);
  const bool complete = snapshot.gateway().refuse(context, refusal.status, date());
  answer = http.answer.head;
  return complete ? http.answer.body : std::string_view();
}

bool Server::resume(const WaitHandle& handle, http::Verdict verdict) {
  Exchange* exchange = exchanges_.find({handle.slot, handle.generation});
  if (exchange != nullptr && exchange->resume(handle.step, verdict)) return true;
  worker_.count(Counter::kExchangeLateReplies);
  return false;
}

bool Server::wake(const WaitHandle& handle, Woken how) {
  Exchange* exchange = exchanges_.find({handle.slot, handle.generation});
  if (exchange != nullptr && exchange->wake(handle.step, how)) return true;
  worker_.count(Counter::kExchangeLateReplies);
  return false;
}

}  // namespace sluice::exchange
