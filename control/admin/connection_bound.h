// ConnectionBound: a port of evhttp's never has more connections than it may, but where there is no memory to count
// one. While it has as many, others wait in the kernel's backlog and nothing of them is read.
//
// Owned by the HttpServer of the port, on the event loop. libevent tells when a connection begins and not when it ends:
// a connection is known by its descriptor and by the inode of its socket, and lasts as long as the one names the other.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

struct bufferevent;
struct evconnlistener;
struct event;
struct event_base;

namespace sluice::control {

class ConnectionBound {
 public:
  // The base outlives this; the listener may go first, and the destructor leaves it alone.
  ConnectionBound(event_base* base, evconnlistener* listener, size_t most);
  ~ConnectionBound();
  ConnectionBound(const ConnectionBound&) = delete;
  ConnectionBound& operator=(const ConnectionBound&) = delete;

  // Makes the bufferevent of a connection that was accepted just now: what evhttp_set_bevcb wants. nullptr: no memory;
  // evhttp then makes one of its own.
  bufferevent* begin();

  size_t open() const;
  // How often there were as many connections as there may be.
  uint64_t times_full() const { return times_full_; }

 private:
  struct Connection {
    int descriptor;
    ino_t socket;
  };

  void settle();
  void make_room();
  static bool lasts(const Connection& connection);

  event_base* const base_;
  evconnlistener* const listener_;
  const size_t most_;
  std::vector<Connection> connections_;
  bufferevent* newest_ = nullptr;  // has no descriptor yet, or is not looked at yet; a reference of our own
  event* settle_;
  event* look_;  // fires while the port is full
  uint64_t times_full_ = 0;
};

}  // namespace sluice::control
