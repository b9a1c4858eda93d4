// ServerTransaction and ClientTransaction: one request and its response as an exchange sees them, whatever kind of
// connection carries them (HTTP/1.1 today, an HTTP/2 stream later).
//
// A transaction belongs to its session. Events come from the poll loop only, never from inside a call that the user
// makes. Bodies are decoded (no chunk framing) and move with back-pressure: the sender asks for room, the receiver says
// what it consumed.
#pragma once

#include <cstdint>

#include "base/arena.h"
#include "http/message.h"
#include "packet/slice_queue.h"
#include "sluice/error.h"
#include "sluice/ip_address.h"

namespace sluice::http {

// The half of a transaction that receives a body.
class BodySource {
 public:
  // Decoded bytes that have arrived. Take or consume from it, then call consumed().
  virtual SliceQueue& body() = 0;
  virtual void consumed(size_t bytes) = 0;
  // The body is complete and body() holds all that is left.
  virtual bool body_complete() const = 0;
  // Trailer fields, valid once body_complete(); empty without trailers.
  virtual const HeaderMap& trailers() const = 0;

 protected:
  ~BodySource() = default;
};

// The half of a transaction that sends a body. Framing is written by the session.
class BodySink {
 public:
  // Body bytes that are taken now; on_writable() follows when it was too little and has grown.
  virtual size_t body_room() const = 0;
  // False: out of memory, the transaction fails.
  [[nodiscard]] virtual bool send_body(SliceQueue bytes) = 0;
  // Trailer fields for the end of the body, before finish_body(); they live until then. Sent where the body is chunked,
  // else left out.
  virtual void set_trailers(const HeaderMap&) {}
  // The body has ended. REQUIRES for kLength: exactly that many bytes were sent.
  virtual void finish_body() = 0;

 protected:
  ~BodySink() = default;
};

// What one exchange has moved over its connection: heads, bodies and their framing.
struct WireBytes {
  uint64_t head = 0;      // the request's
  uint64_t received = 0;  // the same, with as much of the body as was read
  uint64_t sent = 0;      // interim answers and the answer, as far as the connection has taken them
};

// The server's side: made by a session for each request head that it accepts.
class ServerTransaction : public BodySource, public BodySink {
 public:
  // Memory that lives until the transaction ends; the request's head lives in it.
  virtual Arena& arena() = 0;

  // An interim answer (100, 102, 103). Silently not sent to HTTP/1.0. False: out of memory.
  [[nodiscard]] virtual bool send_interim(const Response& interim) = 0;
  // The final head, once. It leaves with the body's first bytes or at the end of the turn. The framing is the
  // message's: kNone for an empty body of a HEAD/204/304 answer (its Content-Length field, if any, is sent as it
  // stands, also with 204, as Kong does: corpus messages-bodies), kChunked is changed to kUntilClose for an HTTP/1.0
  // client. kUntilClose becomes chunked for HTTP/1.1. The session adds Connection and the framing fields, nothing else;
  // `Connection: upgrade` with an Upgrade field is kept. 101 makes a tunnel of the connection: body() and send_body()
  // are then its raw bytes. The client's end completes body(), finish_body() ends the other way, release() the tunnel.
  [[nodiscard]] virtual bool send_head(const Response& response) = 0;

  // Do not read another request on this connection after this one.
  virtual void close_after_response() = 0;
  // Ends the exchange so that the client sees the truncation. The transaction is gone on return.
  virtual void abort() = 0;
  // The exchange has sent all and needs nothing of the transaction any more. It is gone on return; the session drains
  // what is left of the request's body, bounded, and goes on with the connection.
  virtual void release() = 0;

  virtual const Endpoint& client() const = 0;
  virtual const Endpoint& local() const = 0;
  // The TLS of the connection, for the scheme and for what the logs say.
  virtual bool secure() const = 0;
  virtual WireBytes wire_bytes() const = 0;

 protected:
  ~ServerTransaction() = default;
};

// What the exchange implements.
class ServerTransactionEvents {
 public:
  // More body, or the end of it.
  virtual void on_request_body() = 0;
  virtual void on_response_writable() = 0;
  // The client is gone or broke the protocol in its body; the transaction must not be touched any more. The last event;
  // what the request's head and the arena hold, and wire_bytes(), may be read until it returns.
  virtual void on_client_gone(Error reason) = 0;

 protected:
  ~ServerTransactionEvents() = default;
};

// Serves the requests of a session.
class RequestHandler {
 public:
  // A request head has been accepted. The handler may answer at once. Both references live until release(), abort() or
  // on_client_gone(). nullptr: there is no policy yet, or no room for one more, which the handler has counted; the
  // session answers 503 itself and closes.
  [[nodiscard]] virtual ServerTransactionEvents* on_request(ServerTransaction& transaction, Request& request) = 0;
  // A head was refused and the session is about to answer `status` itself and close (RFC 9112 framing errors, limits):
  // fill `answer` (headers, and a body of which the session sends at most one packet).
  struct Refusal {
    uint16_t status;
    Error error;
    Request* request;  // as far as it was read; nullptr: not at all, or an exchange has had it
    const Endpoint& client;
    const Endpoint& local;
    bool had_exchange = false;  // it broke off within its body: the exchange has heard of it by on_client_gone()
  };
  virtual void on_refused(const Refusal& refusal, Response& answer, std::string_view& body) = 0;

 protected:
  ~RequestHandler() = default;
};

// The client's side: one request over one connection to an origin.
class ClientTransaction : public BodySource, public BodySink {
 public:
  // Sends the head; `request.target` is written as it stands, `request.headers` with Host first as they stand, plus
  // the framing field and `Connection: keep-alive` (`Connection: upgrade` where the request names it and has an Upgrade
  // field; a 101 that follows comes as on_response() and makes a tunnel as on the server's side). False: out of memory.
  [[nodiscard]] virtual bool send_head(const Request& request) = 0;

  // Gives the transaction up before its end: the connection is closed. No events follow.
  virtual void abort() = 0;
  // The response has been read to its end (body_complete()). The connection goes back to where it came from, or is
  // closed when it cannot be used again. No events follow.
  virtual void release() = 0;
  // A request on this connection was answered before: a close before any byte of the response may be a keep-alive race.
  virtual bool reused() const = 0;

 protected:
  ~ClientTransaction() = default;
};

class ClientTransactionEvents {
 public:
  // An interim response (1xx but 101).
  virtual void on_interim(const Response& interim) = 0;
  // The final head; lives until release() or abort(). The body follows.
  virtual void on_response(Response& response) = 0;
  virtual void on_response_body() = 0;
  virtual void on_request_writable() = 0;
  // The connection failed, or the origin broke the protocol. The transaction is gone. The last event.
  virtual void on_origin_failed(Error reason) = 0;

 protected:
  ~ClientTransactionEvents() = default;
};

}  // namespace sluice::http
