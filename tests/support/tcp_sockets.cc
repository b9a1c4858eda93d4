#include "support/tcp_sockets.h"

#include <utility>

namespace sluice::test {

tcp::ConnectionEvents* TcpSocket::on_accept(tcp::Connection& c) {
  TcpSocket& socket = owner_.add();
  socket.has(c);
  socket.connected = true;
  arrived.push_back(socket.number());
  return &socket;
}

void TcpSocket::on_closed(tcp::CloseReason reason) {
  read_to_the_end |= reason == tcp::CloseReason::kFinished;
  closed = reason;
  connection = nullptr;
}

TcpSocket& TcpSockets::add() {
  const int32_t number = ++last_;
  return *sockets_.emplace(number, std::make_unique<TcpSocket>(*this, number)).first->second;
}

TcpSocket* TcpSockets::find(int32_t number) const {
  const auto it = sockets_.find(number);
  return it == sockets_.end() ? nullptr : it->second.get();
}

void TcpSockets::remove(TcpSocket& socket, bool at_once) {
  if (socket.listening) {
    host_.tcp.stop_listening(*socket.listening);
    for (const int32_t number : std::exchange(socket.arrived, {})) {
      if (TcpSocket* waiting = find(number)) remove(*waiting, true);
    }
  }
  if (tcp::Connection* c = std::exchange(socket.connection, nullptr)) at_once ? c->abort() : c->close();
  sockets_.erase(socket.number());
}

}  // namespace sluice::test
