// TcpStreams: streams over TCP: the bridge between a worker's tcp::Stack and everything that speaks stream::Stream.
//
// Owned by the worker, one beside each Stack. A TcpStream is an adapter of a few words in a slab; it goes when its user
// lets go of it, while the connection may still be ending in order.
#pragma once

#include <memory>
#include <vector>

#include "base/slab.h"
#include "sluice/result.h"
#include "stream/stream.h"
#include "tcp/stack.h"

namespace sluice::stream {

class TcpStreams;

class TcpStream final : public Stream, private tcp::ConnectionEvents {
 public:
  TcpStream(TcpStreams& owner, StreamEvents* events) : owner_(owner), events_(events) {}

  void set_events(StreamEvents* events) override;
  SliceQueue& readable() override { return connection_->readable(); }
  void consumed(size_t bytes) override { connection_->consumed(bytes); }
  bool end_of_stream() const override { return connection_->end_of_stream(); }
  size_t room() const override { return connection_->room(); }
  [[nodiscard]] bool write(SliceQueue bytes) override;
  size_t unacknowledged() const override { return connection_->unacknowledged(); }
  void shutdown_write() override { connection_->shutdown_write(); }
  void close() override;
  void abort() override;
  const Endpoint& local() const override { return connection_->tuple().local; }
  const Endpoint& remote() const override { return connection_->tuple().remote; }

 private:
  friend class TcpStreams;

  void on_connected() override { events_->on_connected(); }
  void on_readable() override { events_->on_readable(); }
  void on_writable() override { events_->on_writable(); }
  void on_closed(tcp::CloseReason reason) override;

  TcpStreams& owner_;
  StreamEvents* events_;
  tcp::Connection* connection_ = nullptr;
  bool ended_ = false;  // on_closed() is being given: close() and abort() have nothing to do
};

class TcpStreams final : public Connector {
 public:
  // capacity: streams at a time; as many as the stack has connections.
  TcpStreams(tcp::Stack& stack, uint32_t capacity) : stack_(stack), streams_(capacity) {}

  // Streams that arrive at `local` (an unspecified address: at any) go to `acceptor`, which outlives the listening.
  [[nodiscard]] Status listen(const Endpoint& local, Acceptor& acceptor);
  void stop_listening(const Endpoint& local);

  bool reaches(const IpAddress& remote) const override { return stack_.reaches(remote); }
  [[nodiscard]] Stream* connect(const Endpoint& remote, StreamEvents& events) override;

 private:
  friend class TcpStream;

  // One listening endpoint.
  struct Door final : tcp::AcceptHandler {
    Door(TcpStreams& s, const Endpoint& l, Acceptor& a) : streams(s), local(l), acceptor(a) {}
    tcp::ConnectionEvents* on_accept(tcp::Connection& connection) override;

    TcpStreams& streams;
    const Endpoint local;
    Acceptor& acceptor;
  };

  tcp::Stack& stack_;
  Slab<TcpStream> streams_;
  std::vector<std::unique_ptr<Door>> doors_;
};

}  // namespace sluice::stream
