// Exchange: one request's life: edge request -> route -> gateway access -> upstream -> gateway response -> edge
// response -> log.
//
// Made by the Server for each request head, lives in its slab until the records are written, which happens exactly once
// on every road (finish()). Its state is explicit: `step_` says where it is, each event of the client, of the origin or
// of a timer moves it on. It never blocks and never waits inside a call: a stage that answers kWait leaves a handle.
//
// What always holds: until finish() the transaction is alive unless the client is gone; the call to the origin is in
// progress exactly in kOrigin and kRelaying; finish() is the last thing any event does, as it destroys the exchange.
// A tunnel (101) is relayed like any body: the client's end is passed on, the origin's ends it both ways.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/slab.h"
#include "base/task_queue.h"
#include "base/timer_wheel.h"
#include "edge/context.h"
#include "exchange/access_recorder.h"
#include "exchange/body_collector.h"
#include "exchange/collected_body.h"
#include "exchange/limited_body.h"
#include "exchange/recorder.h"
#include "exchange/snapshot.h"
#include "gateway/context.h"
#include "gateway/stage.h"
#include "http/request_context.h"
#include "http/transaction.h"
#include "sluice/error.h"
#include "upstream/call.h"

namespace sluice::gateway {
struct TrustedProxies;
}

namespace sluice::exchange {

class Server;

class Exchange final : public http::ServerTransactionEvents, private upstream::CallEvents {
 public:
  // REQUIRES: the server has a snapshot.
  Exchange(Server& server, http::ServerTransaction& transaction, http::Request& request,
           const gateway::TrustedProxies& trusted);
  // Begins, in the task queue's next turn: a session that hands over a request is not called back from inside. `self`
  // is the exchange's handle in its slab.
  void start(SlabHandle self);

  // ServerTransactionEvents
  void on_request_body() override;
  void on_response_writable() override;
  void on_client_gone(Error reason) override;

  // A stage that waited has its verdict. False: this wait is over.
  bool resume(uint16_t wait, http::Verdict verdict);
  // The plugin that waited runs again. False: this wait is over.
  bool wake(uint16_t wait, Woken how);

 private:
  enum class Step : uint8_t {
    kEdgeRequest,  // or waiting in it, like the next two
    kRoute,
    kAccess,
    kReading,    // the request's body, for a plugin that needs it whole; then kAccess again
    kBuffering,  // the same, as long as it is short, so that the origin can be told its length
    kBody,       // holding a body back until it is known not to be too long
    kOrigin,     // waiting for the head of the origin's answer
    kRelaying,   // its head is out, its body on the way
    kAnswering,  // an answer of our own is on the way
  };

  // CallEvents
  void on_call_retry(const upstream::Attempt& failed) override;
  void on_call_interim(const http::Response& interim) override;
  const http::HeaderMap* on_call_trailers(const http::HeaderMap& trailers) override;
  void on_call_response(http::Response& response) override;
  void on_call_body() override;
  void on_call_failed(upstream::CallFailure failure, Error reason) override;

  void run_stages();
  http::Verdict run_stage();
  bool go_on();
  template <typename Work>
  auto timed(Duration& sum, Work&& work);
  Duration& stage_time();
  AnsweredBy stage_owner() const;
  void wait();
  void end_wait();
  void on_wait_limit();
  void leave_access();

  void start_reading(Step step, size_t most_bytes);
  void read_body();
  bool wants_buffering() const;
  bool start_collected_body();
  void hold_body();
  void pull_body();
  void refuse_body();
  void call_origin();
  bool prepare_upstream();
  bool put_host_first();
  std::optional<uint32_t> hash_for(const upstream::Upstream& upstream);
  const LogSinks& sinks();
  bool keep_request_head();
  bool keep_response_head(const http::Response& response);
  http::BodySource& request_body();
  void fit_to_client_method(http::Response& response);
  void drop_answer();
  void relay_body();
  void collect_answer();
  bool let_go_of_policy();

  void fail(gateway::OriginFailure failure, Error reason);
  void answer(AnsweredBy by);
  bool frame_answer(http::Response& head);
  void send_answer_body();
  bool send_left();

  bool send_head(http::Response& response);
  void note_failure(Error reason);
  void note_wire_bytes();
  void abort(Error reason);
  Error out_of_memory(const char* where) const;
  void finish(Ending ending);
  void count_end() const;
  Instant now() const;

  Server& server_;
  http::ServerTransaction* transaction_;  // nullptr: the client is gone
  SnapshotHolder::Pin snapshot_;
  RequestId request_id_;
  http::RequestContext http_;
  edge::Context edge_{http_};
  gateway::Context gateway_{http_};
  Facts facts_;
  Description* described_ = nullptr;          // once the snapshot is no longer pinned; in the arena
  AccessRecord* described_access_ = nullptr;  // the same for its sinks, if there are any
  OwedRecords::Debt owed_access_;             // then
  std::optional<LogSinks> sinks_;             // once it is known which plugins want the record
  HeadsSeen heads_;
  std::span<upstream::Attempt> try_room_;  // of facts_.earlier_tries
  LimitedBody limited_body_;               // in use when a stage has bounded a body of unknown length
  upstream::Call call_;
  std::string_view hash_cookie_;          // Set-Cookie of consistent hashing; empty: none
  BodyCollector collector_;               // of the body that is being read: the request's, then the answer's
  CollectedBody collected_body_;          // in use when the request's body was read
  bool collects_answer_ = false;          // the answer's body is being read for the body filters
  bool connection_named_fields_ = false;  // of the request as it came
  bool client_takes_trailers_ = false;    // it said TE: trailers
  std::string_view answer_left_;          // bytes in memory that are still to be sent
  Step step_ = Step::kEdgeRequest;
  uint8_t interims_ = 0;
  std::optional<Instant> waiting_since_;  // while a stage waits
  Timer wait_limit_;
  Task start_;
  Task more_body_;  // for limited_body_ and collected_body_
};

}  // namespace sluice::exchange
