// H1ServerSession: HTTP/1.1 (RFC 9112) on one client's connection: requests in, responses out in their order.
//
// Owned by its H1Server. One exchange at a time holds the transaction; requests that were sent behind it wait in the
// stream's buffer, whose window bounds them. After a framing error nothing that follows is looked at: the session
// answers, ends its side, drops what still comes within bounds and closes. An idle session holds no memory but itself.
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

class H1ServerSession final : public ServerTransaction, private stream::StreamEvents {
 public:
  H1ServerSession(H1Server& server, stream::Stream& stream);
  H1ServerSession(const H1ServerSession&) = delete;
  H1ServerSession& operator=(const H1ServerSession&) = delete;

  const IpAddress& source() const { return source_; }

  // Closes at once when nothing is in progress, else after the response in progress.
  void drain();
  // Ends everything now; an exchange is told that its client is gone.
  void kill();

  // BodySource: the request's body.
  SliceQueue& body() override { return body_; }
  void consumed(size_t bytes) override;
  bool body_complete() const override { return decoder_.complete(); }
  const HeaderMap& trailers() const override { return decoder_.trailers(); }

  // BodySink: the response's body.
  size_t body_room() const override { return sender_.room(stream_); }
  [[nodiscard]] bool send_body(SliceQueue bytes) override;
  void set_trailers(const HeaderMap& trailers) override { sender_.set_trailers(trailers); }
  void finish_body() override;

  // ServerTransaction
  Arena& arena() override { return arena_; }
  [[nodiscard]] bool send_interim(const Response& interim) override;
  [[nodiscard]] bool send_head(const Response& response) override;
  void close_after_response() override { close_ = true; }
  void abort() override;
  void release() override;
  const Endpoint& client() const override { return stream_->remote(); }
  const Endpoint& local() const override { return stream_->local(); }
  bool secure() const override;

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
  BodyFraming framing_of(const Response& response) const;
  bool may_keep_alive(BodyFraming framing) const;
  void next_request();
  void forget_request();
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
  ServerTransactionEvents* events_ = nullptr;
  Request* request_ = nullptr;  // in the arena
  IpAddress source_;            // whom the server counts the connection to
  Arena arena_;
  Slice pinned_head_;
  HeadReader head_;
  BodyDecoder decoder_;
  SliceQueue body_;
  MessageSender sender_;
  Task task_;
  Timer timer_;
  Instant deadline_ = Instant::never();
  uint64_t received_bytes_ = 0;
  uint64_t progress_seen_bytes_ = 0;
  uint64_t drop_left_bytes_ = 0;  // kSkipping, kLingering
  uint32_t requests_ = 0;
  State state_ = State::kReading;
  bool close_ = false;       // no request is read after the one in progress
  bool head_sent_ = false;   // the final one
  bool body_asked_ = false;  // the client has no 100 to wait for
  bool tunnel_ = false;      // 101 was sent
};

// What 10,000 idle connections cost.
static_assert(sizeof(H1ServerSession) <= 512);

}  // namespace sluice::http
