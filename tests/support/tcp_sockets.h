// TcpSockets: numbered sockets over one host's TCP, for those who ask instead of being called back.
//
// Owned by the C library. A socket listens, or has a connection; it remembers how the connection ended until it is
// closed.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "support/tcp_host.h"

namespace sluice::test {

class TcpSockets;

class TcpSocket final : public tcp::ConnectionEvents, public tcp::AcceptHandler {
 public:
  TcpSocket(TcpSockets& owner, int32_t number) : owner_(owner), number_(number) {}

  int32_t number() const { return number_; }

  // It is about this connection from now on.
  void has(tcp::Connection& c) {
    connection = &c;
    tuple = c.tuple();
  }
  // Its connection has ended, though what has arrived may still be read.
  bool over() const { return connection == nullptr || connection->state() == tcp::State::kClosed; }

  tcp::Connection* connection = nullptr;  // while there is one
  tcp::FourTuple tuple;                   // its two ends, to the last
  std::optional<tcp::CloseReason> closed;
  bool connected = false;
  bool read_to_the_end = false;       // the peer's end was seen
  std::optional<Endpoint> listening;  // of a listener
  std::deque<int32_t> arrived;        // sockets that wait for accept()

 private:
  tcp::ConnectionEvents* on_accept(tcp::Connection& c) override;
  void on_connected() override { connected = true; }
  void on_readable() override {}  // text waits in the connection until it is asked for
  void on_writable() override {}
  void on_closed(tcp::CloseReason reason) override;

  TcpSockets& owner_;
  int32_t number_;
};

class TcpSockets {
 public:
  explicit TcpSockets(TcpHost& host) : host_(host) {}

  TcpSocket& add();
  // nullptr: no such socket.
  TcpSocket* find(int32_t number) const;
  // Ends what the socket has, in order or at once, and forgets the socket.
  void remove(TcpSocket& socket, bool at_once);

 private:
  TcpHost& host_;
  int32_t last_ = 0;
  std::unordered_map<int32_t, std::unique_ptr<TcpSocket>> sockets_;
};

}  // namespace sluice::test
