#include "stream/tcp_stream.h"

#include <utility>

namespace sluice::stream {

namespace {

CloseReason from(tcp::CloseReason reason) {
  switch (reason) {
    case tcp::CloseReason::kFinished:
      return CloseReason::kFinished;
    case tcp::CloseReason::kRefused:
      return CloseReason::kRefused;
    case tcp::CloseReason::kUnreachable:
      return CloseReason::kUnreachable;
    case tcp::CloseReason::kTimedOut:
      return CloseReason::kTimedOut;
    case tcp::CloseReason::kReset:
      return CloseReason::kReset;
    case tcp::CloseReason::kAborted:
      return CloseReason::kAborted;
  }
  return CloseReason::kAborted;
}

}  // namespace

void TcpStream::set_events(StreamEvents* events) {
  events_ = events;
  connection_->set_events(this);
}

bool TcpStream::write(SliceQueue bytes) {
  connection_->write(std::move(bytes));
  return true;
}

void TcpStream::close() {
  if (ended_) return;
  connection_->close();
  owner_.streams_.release(this);
}

void TcpStream::abort() {
  if (ended_) return;
  connection_->abort();
  owner_.streams_.release(this);
}

void TcpStream::on_closed(tcp::CloseReason reason) {
  ended_ = true;
  events_->on_closed(from(reason));
  owner_.streams_.release(this);
}

Status TcpStreams::listen(const Endpoint& local, Acceptor& acceptor) {
  auto door = std::make_unique<Door>(*this, local, acceptor);
  if (Status status = stack_.listen(local, *door); !status) return status;
  doors_.push_back(std::move(door));
  return {};
}

void TcpStreams::stop_listening(const Endpoint& local) {
  stack_.stop_listening(local);
  std::erase_if(doors_, [&](const auto& door) { return door->local == local; });
}

Stream* TcpStreams::connect(const Endpoint& remote, StreamEvents& events) {
  TcpStream* stream = streams_.try_take(*this, &events);
  if (stream == nullptr) return nullptr;
  const auto connection = stack_.connect(remote, *stream);
  if (!connection) {
    streams_.release(stream);
    return nullptr;
  }
  stream->connection_ = *connection;
  return stream;
}

tcp::ConnectionEvents* TcpStreams::Door::on_accept(tcp::Connection& connection) {
  TcpStream* stream = streams.streams_.try_take(streams, nullptr);
  if (stream == nullptr) return nullptr;
  stream->connection_ = &connection;
  const SlabHandle handle = streams.streams_.handle(stream);
  acceptor.on_accept(*stream);
  return streams.streams_.find(handle);  // nullptr when the acceptor gave it up
}

}  // namespace sluice::stream
