// Stream: the reliable, ordered byte stream that everything above TCP sees. TCP, TLS over TCP, or memory in tests.
//
// Owned by the room that made it; the user holds it from on_accept()/connect() until on_closed() or abort() or
// close(), after which it must not be touched. Events come from the poll loop only: no call made by the user ever calls
// the user back before it returns.
#pragma once

#include <cstdint>

#include "packet/slice_queue.h"
#include "sluice/ip_address.h"
#include "sluice/units.h"

namespace sluice::stream {

enum class CloseReason : uint8_t {
  kFinished,     // both directions ended in order
  kRefused,      // a connect was answered by RST
  kUnreachable,  // a connect failed by ICMP or without a route
  kTimedOut,     // no answer to a connect or to data (user timeout)
  kReset,        // the peer sent RST
  kAborted,      // this side gave up: out of memory, shutdown
};

// What the user of a stream implements.
class StreamEvents {
 public:
  // connect() has succeeded.
  virtual void on_connected() {}
  // Bytes arrived since readable() was last empty, or the peer has ended its side (end_of_stream()).
  virtual void on_readable() = 0;
  // room() has grown after a write was limited by it.
  virtual void on_writable() = 0;
  // The stream is gone; the last event. Bytes not yet read are lost on anything but kFinished.
  virtual void on_closed(CloseReason reason) = 0;

 protected:
  ~StreamEvents() = default;
};

class Stream {
 public:
  virtual void set_events(StreamEvents* events) = 0;

  // What has arrived and was not consumed. Take or consume from it, then say how much by consumed(): the receive
  // window opens by that.
  virtual SliceQueue& readable() = 0;
  virtual void consumed(size_t bytes) = 0;
  // The peer has ended its side and readable() holds all that is left.
  virtual bool end_of_stream() const = 0;

  // Bytes that write() takes now.
  virtual size_t room() const = 0;
  // Queues `bytes` (all of them: a head may exceed room(), bodies should not). They are shared, not copied. False: out
  // of memory, the stream will close with kAborted.
  [[nodiscard]] virtual bool write(SliceQueue bytes) = 0;
  // Bytes written and not yet acknowledged by the peer.
  virtual size_t unacknowledged() const = 0;

  // Ends this side after what was written. Reading goes on.
  virtual void shutdown_write() = 0;
  // Gives the stream up in order: ends this side, discards what still arrives. No events follow.
  virtual void close() = 0;
  // Gives the stream up at once (RST). No events follow.
  virtual void abort() = 0;

  virtual const Endpoint& local() const = 0;
  virtual const Endpoint& remote() const = 0;

 protected:
  ~Stream() = default;
};

// Takes the streams that arrive at a listener.
class Acceptor {
 public:
  // Set the stream's events before returning, or abort() it.
  virtual void on_accept(Stream& stream) = 0;

 protected:
  ~Acceptor() = default;
};

// Opens streams to origins.
class Connector {
 public:
  // Whether a route leads to `remote` from an address of ours. It may come and go.
  virtual bool reaches(const IpAddress& remote) const = 0;
  // The stream, connecting: on_connected() or on_closed() follows. nullptr: out of memory or ports, or no route
  // (counted).
  [[nodiscard]] virtual Stream* connect(const Endpoint& remote, StreamEvents& events) = 0;

 protected:
  ~Connector() = default;
};

}  // namespace sluice::stream
