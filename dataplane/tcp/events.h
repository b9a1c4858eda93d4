// What the user of TCP implements. All of it is called from the task queue, never from inside a call of the user's.
#pragma once

#include <cstdint>

namespace sluice::tcp {

class Connection;

enum class CloseReason : uint8_t {
  kFinished,     // both directions ended in order
  kRefused,      // a connect was answered by RST, or by ICMP port unreachable
  kUnreachable,  // a connect failed by ICMP
  kTimedOut,     // no answer to a connect, to data or to probes
  kReset,        // the peer sent RST
  kAborted,      // this side gave up
};

class ConnectionEvents {
 public:
  virtual void on_connected() = 0;
  // Bytes arrived, or the peer ended its side.
  virtual void on_readable() = 0;
  // room() has grown after a write was limited by it.
  virtual void on_writable() = 0;
  // The last event; the connection must not be touched any more.
  virtual void on_closed(CloseReason reason) = 0;

 protected:
  ~ConnectionEvents() = default;
};

// Takes the connections that arrive at a listener.
class AcceptHandler {
 public:
  // The events of the new connection; nullptr refuses it (RST).
  virtual ConnectionEvents* on_accept(Connection& connection) = 0;

 protected:
  ~AcceptHandler() = default;
};

}  // namespace sluice::tcp
