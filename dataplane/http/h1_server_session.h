// H1ServerSession: HTTP/1.1 (RFC 9112) on one client's connection: requests in, responses out in their order.
//
// Owned by its H1Server. One exchange at a time holds the transaction; requests that were sent behind it wait in the
// stream's buffer, whose window bounds them. After a framing error nothing that follows is looked at: the session
// answers, ends its side, drops what still comes within bounds and closes. An idle session holds no memory but itself:
// what a request needs is a Serving, taken with its first byte and given back when its answer is out.
// Callbacks of the handler are made from the poll loop only; calls that the exchange makes from inside them leave the
// session alive, as its slot is given back by a task.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/task_queue.h"
#include "base/timer_wheel.h"
#include "http/body_decoder.h"
#include "http/h1_parser.h"
#include "http/head_reader.h"
#include "http/message_sender.h"
#include "http/session_context.h"
#include "http/transaction.h"
#include "stream/stream.h"

namespace sluice::http {

class H1Server;

// What a session knows from the first byte of a request until its answer is out and its body has been read.
struct Serving {
  explicit Serving(const SessionContext& context)
      : arena(context.worker.blocks), decoder(arena), body(context.nodes), sender(context) {}

  ServerTransactionEvents* events = nullptr;
  Request* request = nullptr;  // in the arena
  Arena arena;
  Slice pinned_head;
  HeadReader head;
  BodyDecoder decoder;
  SliceQueue body;
  MessageSender sender;
  uint64_t received_bytes = 0;
  uint64_t request_at_bytes = 0;   // of received_bytes: where the present request begins
  uint64_t response_at_bytes = 0;  // of what was sent: where its answer begins
  uint64_t progress_seen_bytes = 0;
  bool in_flight_seen = false;  // something was not acknowledged then
  uint32_t head_bytes = 0;      // of the present request
  bool asked_head = false;      // its method is HEAD as the client sent it, whatever stages make of it
};

class H1ServerSession final : public ServerTransaction, private stream::StreamEvents {
 public:
  H1ServerSession(H1Server& server, stream::Stream& stream);
  ~H1ServerSession() { end_serving(); }
  H1ServerSession(const H1ServerSession&) = delete;
  H1ServerSession& operator=(const H1ServerSession&) = delete;

  const IpAddress& source() const { return source_; }

  // Closes at once when nothing is in progress, else after the response in progress.
  void drain();
  // Ends everything now; an exchange is told that its client is gone.
  void kill();

  // BodySource: the request's body.
  SliceQueue& body() override { return serving_->body; }
  void consumed(size_t bytes) override;
  bool body_complete() const override { return serving_->decoder.complete(); }
  const HeaderMap& trailers() const override { return serving_->decoder.trailers(); }

  // BodySink: the response's body.
  size_t body_room() const override { return serving_->sender.room(stream_); }
  [[nodiscard]] bool send_body(SliceQueue bytes) override;
  void set_trailers(const HeaderMap& trailers) override { serving_->sender.set_trailers(trailers); }
  void finish_body() override;

  // ServerTransaction
  Arena& arena() override { return serving_->arena; }
  [[nodiscard]] bool send_interim(const Response& interim) override;
  [[nodiscard]] bool send_head(const Response& response) override;
  void close_after_response() override { close_ = true; }
  void abort() override;
  void release() override;
  const Endpoint& client() const override { return stream_->remote(); }
  const Endpoint& local() const override { return stream_->local(); }
  bool secure() const override;
  WireBytes wire_bytes() const override;

 private:
  enum class State : uint8_t {
    kReading,    // between requests, or within a head
    kServing,    // an exchange holds the transaction
    kSkipping,   // the response is out; the rest of the request's body is dropped, then the next request is read
    kLingering,  // this side has ended; what still comes is dropped
    kDead,       // the stream is gone; the slot is given back by the task
  };

  // StreamEvents
  void on_readable() override { work(); }
  void on_writable() override;
  void on_closed(stream::CloseReason reason) override;

  // What the state asks for; the last thing that a callback does, as the session may be gone behind it.
  void work();
  void read_head();
  void accept_head(std::string_view head);
  void serve();
  void skip_body();
  void linger();

  std::optional<MessageError> decode_body();
  bool ask_for_body();
  bool is_without_body(const Response& response) const;
  BodyFraming framing_of(const Response& response) const;
  bool may_keep_alive(BodyFraming framing) const;
  void next_request();
  bool head_started() const { return serving_ != nullptr && serving_->head.started(); }
  void end_serving();
  ServerTransactionEvents* take_exchange();
  void drop_body();

  void refuse(const MessageError& why);
  void refuse_counted(const MessageError& why, bool had_exchange);
  void fail_exchange(const MessageError& why);
  void begin_lingering();
  void close();
  void reset();
  void die();

  void set_deadline(Instant when);
  void on_timer();
  void on_deadline();
  uint64_t progress_bytes() const;
  void watch_progress();
  void check_progress();

  void take_off_stream(size_t bytes);
  void post() { worker().tasks.post(task_); }
  const SessionContext& context() const;
  WorkerContext& worker() const;
  const policy::Limits& limits() const;

  H1Server& server_;
  stream::Stream* stream_;
  Serving* serving_ = nullptr;  // nullptr: nothing of a request has arrived, or kLingering
  IpAddress source_;            // whom the server counts the connection to
  Task task_;
  Timer timer_;
  Instant deadline_ = Instant::never();
  uint64_t drop_left_bytes_ = 0;  // kSkipping, kLingering
  uint32_t requests_ = 0;
  State state_ = State::kReading;
  bool close_ = false;       // no request is read after the one in progress
  bool head_sent_ = false;   // the final one
  bool body_asked_ = false;  // the client has no 100 to wait for
  bool tunnel_ = false;      // 101 was sent
};

// What an idle connection costs in all, TCP included: worker/worker.cc.
static_assert(sizeof(H1ServerSession) <= 192);

}  // namespace sluice::http
