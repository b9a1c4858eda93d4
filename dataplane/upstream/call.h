// Call: one request to an origin: chooses a target, gets a connection, sends the request, tries again where that is
// allowed, and hands on the answer.
//
// Part of an exchange, which it reports to by CallEvents. The answer's body is taken by the exchange when it has room
// for it. Kong's rules for another try: a request that was refused before anything was sent always; after a timeout or
// a lost connection only one whose method is idempotent and whose body is still at hand; nothing once a head has come.
#pragma once

#include <cstdint>
#include <optional>

#include "base/timer_wheel.h"
#include "base/worker_context.h"
#include "http/transaction.h"
#include "packet/slice_queue.h"
#include "sluice/error.h"
#include "upstream/balancer.h"
#include "upstream/connection_pool.h"
#include "upstream/replay_body.h"

namespace sluice::upstream {

// Why there is no answer, or no more of it.
enum class CallFailure : uint8_t {
  kNoPeer,
  kNoNameResolution,
  kBadResponse,  // out of reach, refused, lost, or not HTTP
  kTimeout,
  kInternal,  // we failed
};

// One try at a target.
struct Attempt {
  Endpoint origin;
  Instant began{};           // to the moment, not the poll's
  Duration choosing_time{};  // of the target
  std::optional<CallFailure> failure;
};

class CallEvents {
 public:
  // The try that `failed` tells of is over, and another begins.
  virtual void on_call_retry(const Attempt& failed) = 0;
  virtual void on_call_interim(const http::Response& interim) = 0;
  // The request's body has ended with these trailer fields: those that may go to the origin, which live until end() or
  // cancel(). nullptr: out of memory.
  virtual const http::HeaderMap* on_call_trailers(const http::HeaderMap& trailers) = 0;
  // The final head, once. It lives until end() or cancel(). The body follows.
  virtual void on_call_response(http::Response& response) = 0;
  // More of the answer's body, or its end.
  virtual void on_call_body() = 0;
  // Before the head: all tries are used up. After it: the body ends here. The last event.
  virtual void on_call_failed(CallFailure failure, Error reason) = 0;

 protected:
  ~CallEvents() = default;
};

// What a service says about calls to it.
struct CallPlan {
  const Upstream* upstream = nullptr;
  uint32_t key_hash = 0;  // of what a consistent-hashing upstream hashes (HashRing::hash)
  bool tls = false;
  uint16_t retries = 0;  // further tries after the first
  Duration connect_timeout{};
  Duration write_timeout{};    // between two writes, while there is something to write
  Duration read_timeout{};     // between two reads, while there is something to read
  bool host_of_target = true;  // Host is the chosen target's; false: the head has it already
};

class Call final : private http::ClientTransactionEvents, private ConnectEvents {
 public:
  // What all calls of a worker share; outlives them.
  struct Environment {
    WorkerContext& worker;
    PacketPool& packets;
    SliceNodePool& nodes;
    Balancer& balancer;
    ConnectionPool& pool;
    uint32_t replay_body_bytes;
  };

  Call(const Environment& environment, CallEvents& events);
  ~Call() { cancel(); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Begins. A failure that is known at once is returned, and no event follows; kBadResponse: no route leads there.
  // `head` (with Host as its first field) and `body` live until end() or cancel(). REQUIRES: not started yet.
  std::optional<CallFailure> start(const CallPlan& plan, http::Request& head, http::BodySource& body);
  // More of `body` has arrived, or its end.
  void on_request_body();

  // The answer's body: what has arrived, and whether that is all.
  size_t body_bytes() const;
  bool body_complete() const;
  // Valid once body_complete().
  const http::HeaderMap& trailers() const { return transaction_->trailers(); }
  // Takes the next n bytes. None: out of memory. REQUIRES: 0 < n <= body_bytes().
  std::optional<SliceQueue> take_body(size_t n);

  // The answer has been taken to its end: the connection is kept for another request where that is possible.
  void end();
  // Gives the call up. No events follow.
  void cancel();

  uint16_t tries() const { return tries_; }
  // The present try, or the last one; nothing as long as there was none.
  const Attempt& attempt() const { return attempt_; }
  Duration connect_time() const { return connect_time_; }
  uint64_t request_body_bytes() const { return body_.taken(); }

 private:
  enum class Step : uint8_t { kIdle, kConnecting, kWaiting, kReceiving, kOver };
  enum class Sent : uint8_t { kNothing, kSomething };

  // ConnectEvents
  void on_connected(http::ClientTransaction& transaction) override;
  void on_connect_failed(stream::CloseReason reason) override;
  // ClientTransactionEvents
  void on_interim(const http::Response& interim) override;
  void on_response(http::Response& response) override;
  void on_response_body() override;
  void on_request_writable() override;
  void on_origin_failed(Error reason) override;

  std::optional<CallFailure> try_target();
  std::optional<CallFailure> connect(bool may_reuse);
  std::optional<CallFailure> send(http::ClientTransaction& transaction);
  bool send_body();
  void begin_tunnel();
  void blame_target(Outcome outcome, Duration allowed);
  void try_again_or_fail(CallFailure failure, Error reason, Sent sent);
  bool may_send_again() const;
  void give_up(CallFailure failure, Error reason);
  void fail(CallFailure failure, Error reason);
  void on_deadline();
  void arm_deadline();
  void leave_target();

  const Environment& environment_;
  CallEvents& events_;
  CallPlan plan_;
  http::Request* head_ = nullptr;
  ReplayBody body_;
  TriedTargets tried_;
  // The present attempt. At most one of the two pointers at its end is set.
  const Target* target_ = nullptr;
  Attempt attempt_;
  std::optional<TargetSlot> counted_;  // where the balancer counts the attempt
  bool told_ = false;                  // what came of it, to the balancer
  Instant attempt_started_{};          // the poll's
  Connection* connecting_ = nullptr;
  http::ClientTransaction* transaction_ = nullptr;
  Step step_ = Step::kIdle;
  bool request_sent_ = false;  // to its end
  bool reused_ = false;        // the connection has rested before
  bool idempotent_ = false;
  bool tunnel_ = false;  // the origin has switched protocols (101)
  bool raced_ = false;   // a reused connection was lost before it answered, and the request was sent once more for that
  uint16_t tries_ = 0;
  Instant connect_started_{};
  Duration connect_time_{};
  Timer deadline_;
};

}  // namespace sluice::upstream
