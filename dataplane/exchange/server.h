// Server: serves the requests of one worker's connections, whatever listener and protocol they came by.
//
// Owned by the worker, which makes one, and one ListenerHandler a listener for the sessions of that listener's
// connections. Outlives both, and every session. Between polls the worker hands it new snapshots and address books and
// asks how many exchanges are left.
#pragma once

#include <cstdint>

#include "base/slab.h"
#include "base/worker_context.h"
#include "exchange/access_recorder.h"
#include "exchange/exchange.h"
#include "exchange/recorder.h"
#include "exchange/snapshot.h"
#include "gateway/forwarded.h"
#include "http/date.h"
#include "http/session_context.h"
#include "http/transaction.h"
#include "sluice/histogram.h"
#include "sluice/question.h"
#include "sluice/resolution.h"
#include "stream/stream.h"
#include "upstream/balancer.h"
#include "upstream/connection_pool.h"
#include "upstream/prober.h"

namespace sluice::token {
class VerifiedMemory;
}

namespace sluice::exchange {

struct ServerSettings {
  uint32_t exchanges = 65536;                   // at once; more are answered 503
  Duration wait_limit = Duration::seconds(10);  // for a stage that waits
  size_t log_ring_records = 2048;               // of each log
  size_t access_ring_records = 512;             // for logging plugins
  upstream::PoolSettings pool;
  unsigned workers = 1;  // of the machine, which share the active health checks
};

class Server {
 public:
  // What the worker lends; all of it outlives the server.
  struct Environment {
    const http::SessionContext& sessions;  // the worker, its memory and its limits
    stream::Connector& connector;
    upstream::HealthTable& health;
    token::VerifiedMemory& verified_tokens;
    const AddressBook& addresses;
    Desks desks;
  };
  Server(const Environment& environment, const ServerSettings& settings);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // New exchanges run on `next`, and its targets are probed. Without a snapshot every request is answered 503.
  // REQUIRES: as SnapshotHolder::adopt().
  void adopt(const Snapshot& next);
  SnapshotHolder& snapshots() { return snapshots_; }
  // Names of origins are looked up in `book` from now on; the one before is no longer used on return.
  void use(const AddressBook& book) { balancer_.use(book); }

  // Goes on with an exchange that a stage left waiting. False: it is gone or waits for something else (counted), and
  // nothing was done.
  bool resume(const WaitHandle& handle, http::Verdict verdict);
  // Runs again the plugin that left an exchange waiting, which finds in its Context how the wait ended. False: as
  // above.
  bool wake(const WaitHandle& handle, Woken how);

  // How many requests are in progress. A worker that drains is done when there are none.
  uint32_t active() const { return exchanges_.size(); }
  // No more is asked of origins but what requests in progress ask: probes end, and connections at rest are closed.
  void leave_origins();

  RecordSource& records() { return recorder_; }
  AccessRecordSource& access_records() { return access_recorder_; }
  const Latencies& latencies() const { return recorder_.latencies(); }

 private:
  friend class ListenerHandler;
  friend class Exchange;

  http::ServerTransactionEvents* begin(http::ServerTransaction& transaction, http::Request& request,
                                       const gateway::TrustedProxies& trusted);
  // Date's value of now. Valid until the next call.
  std::string_view date() { return date_.text(worker_.clock.wall_now()); }
  void refuse(const http::RequestHandler::Refusal& refusal, http::Response& answer, std::string_view& body);
  // By this policy's gateway, in refusal_arena_; returns the body.
  std::string_view answer_refused(const http::RequestHandler::Refusal& refusal, std::string_view request_id,
                                  const Snapshot& snapshot, http::Response& answer);

  const http::SessionContext& sessions_;
  WorkerContext& worker_;
  const ServerSettings settings_;
  token::VerifiedMemory& verified_tokens_;
  const Desks desks_;
  SnapshotHolder snapshots_;
  upstream::Balancer balancer_;
  upstream::ConnectionPool pool_;
  SnapshotHolder::Pin probed_;  // whose targets prober_ probes
  upstream::Prober prober_;
  const upstream::Call::Environment calls_;
  Recorder recorder_;
  AccessRecorder access_recorder_;
  http::DateCache date_;
  Arena refusal_arena_;  // of refusals that are being answered in this turn
  Task refusals_answered_;
  Slab<Exchange> exchanges_;
};

// What the sessions of one listener hand their requests to.
class ListenerHandler final : public http::RequestHandler {
 public:
  // Both outlive the handler.
  ListenerHandler(Server& server, const gateway::TrustedProxies& trusted) : server_(server), trusted_(trusted) {}

  [[nodiscard]] http::ServerTransactionEvents* on_request(http::ServerTransaction& transaction,
                                                          http::Request& request) override {
    return server_.begin(transaction, request, trusted_);
  }
  void on_refused(const Refusal& refusal, http::Response& answer, std::string_view& body) override {
    server_.refuse(refusal, answer, body);
  }

 private:
  Server& server_;
  const gateway::TrustedProxies& trusted_;
};

}  // namespace sluice::exchange
