// H1ClientSession: HTTP/1.1 (RFC 9112) on one connection to an origin: one request and its response at a time.
//
// Owned by the pool of connections, which connects it, begins transactions on it and destroys it. Connects, then is
// idle or carries a transaction until it is gone. Keeps no time: whoever waits for an answer has the deadline. An idle
// session watches its stream: bytes that nobody asked for, or the origin's end, and it is gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/task_queue.h"
#include "http/body_decoder.h"
#include "http/h1_parser.h"
#include "http/head_reader.h"
#include "http/message_sender.h"
#include "http/session_context.h"
#include "http/transaction.h"
#include "stream/stream.h"

namespace sluice::http {

class H1ClientSession;

// What the owner of a session implements. All events come from the poll loop.
class H1ClientOwner {
 public:
  // connect() has succeeded: the session is idle.
  virtual void on_connected(H1ClientSession& session) = 0;
  // A transaction was released and the connection can carry another: the session is idle again.
  virtual void on_idle(H1ClientSession& session) = 0;
  // There is no connection any more: connecting failed, the origin closed, or it may not be used again. The last event;
  // the owner may destroy the session before it returns.
  virtual void on_gone(H1ClientSession& session, stream::CloseReason reason) = 0;

 protected:
  ~H1ClientOwner() = default;
};

class H1ClientSession final : public ClientTransaction, private stream::StreamEvents {
 public:
  // `context` and `owner` outlive the session.
  H1ClientSession(const SessionContext& context, H1ClientOwner& owner);
  ~H1ClientSession();
  H1ClientSession(const H1ClientSession&) = delete;
  H1ClientSession& operator=(const H1ClientSession&) = delete;

  // Begins to connect; on_connected() or on_gone() follows. False: no memory or no port, and no event follows.
  // REQUIRES: not called before.
  [[nodiscard]] bool connect(stream::Connector& connector, const Endpoint& origin);
  const Endpoint& origin() const { return origin_; }

  // The connection can carry a request now: nothing has arrived that says otherwise, even where nobody has looked yet.
  bool idle() const { return state_ == State::kIdle && stream_->readable().empty() && !stream_->end_of_stream(); }
  // REQUIRES: idle(). Returns the transaction, which is the session's until its end.
  ClientTransaction& begin(ClientTransactionEvents& events);
  // Gives the connection up. No events follow. REQUIRES: no transaction in progress.
  void close();

  // BodySource: the response's body.
  SliceQueue& body() override { return body_; }
  void consumed(size_t bytes) override;
  bool body_complete() const override { return response_ != nullptr && decoder_.complete(); }
  const HeaderMap& trailers() const override { return decoder_.trailers(); }

  // BodySink: the request's body.
  size_t body_room() const override { return sender_.room(stream_); }
  [[nodiscard]] bool send_body(SliceQueue bytes) override;
  void set_trailers(const HeaderMap& trailers) override { sender_.set_trailers(trailers); }
  void finish_body() override;

  // ClientTransaction
  [[nodiscard]] bool send_head(const Request& request) override;
  void abort() override;
  void release() override;
  bool reused() const override { return transactions_ > 1; }

 private:
  enum class State : uint8_t {
    kUnconnected,
    kConnecting,
    kIdle,
    kAwaiting,   // a transaction; its response's final head has not come
    kReceiving,  // a transaction; its response's body is coming, or has come
    kReleased,   // the transaction is over; on_idle() is owed
    kGone,       // on_gone() is owed, or was given
  };

  // StreamEvents
  void on_connected() override;
  void on_readable() override;
  void on_writable() override;
  void on_closed(stream::CloseReason reason) override;

  // What the state asks for. The session outlives every callback of the transaction; the owner's come by the task.
  void work();
  void read_head();
  void accept_head(std::string_view head);
  void accept_interim(const Response& interim);
  void accept_response(Response& response);
  void read_body();
  void watch_idle();

  std::optional<MessageError> decode_body();
  void take_off_stream(size_t bytes);
  bool reusable();
  void forget_transaction();
  void fail(Error error);
  void leave(stream::CloseReason reason);

  const SessionContext& context_;
  H1ClientOwner& owner_;
  stream::Stream* stream_ = nullptr;
  ClientTransactionEvents* events_ = nullptr;
  Response* response_ = nullptr;
  Arena arena_;
  Slice pinned_head_;
  HeadReader head_;
  BodyDecoder decoder_;
  SliceQueue body_;
  MessageSender sender_;
  Task task_;
  Endpoint origin_;
  uint32_t transactions_ = 0;
  uint8_t interims_ = 0;
  State state_ = State::kUnconnected;
  stream::CloseReason reason_ = stream::CloseReason::kAborted;
  Answers answers_ = Answers::kOther;
  bool asked_upgrade_ = false;  // 101 may follow
  bool body_reported_ = false;  // the body's end was
};

}  // namespace sluice::http
