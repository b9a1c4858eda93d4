// MemoryStreamPair: two connected Streams in memory, for tests of what stands above a stream.
//
// Owned by a test. Behaves as TCP does without a network between: what one end writes becomes readable at the other,
// room() shrinks by what the other end has not consumed, and every event comes from the task queue.
#pragma once

#include <string>
#include <string_view>

#include "base/worker_context.h"
#include "stream/stream.h"

namespace sluice::test {

class MemoryStream final : public stream::Stream {
 public:
  MemoryStream(WorkerContext& context, SliceNodePool& nodes, size_t capacity, Endpoint local, Endpoint remote);

  void set_events(stream::StreamEvents* events) override;
  SliceQueue& readable() override { return incoming_; }
  void consumed(size_t bytes) override;
  bool end_of_stream() const override { return peer_ended_; }
  size_t room() const override;
  [[nodiscard]] bool write(SliceQueue bytes) override;
  size_t unacknowledged() const override { return peer_->charged_; }
  void shutdown_write() override;
  void close() override;
  void abort() override;
  const Endpoint& local() const override { return local_; }
  const Endpoint& remote() const override { return remote_; }

  // What the user of this end has done, for assertions.
  bool write_ended() const { return ended_; }
  bool given_up() const { return given_up_; }  // closed or aborted
  bool aborted() const { return aborted_; }

  // The stream dies as if the network had said so: the user sees on_closed(reason) when tasks run next.
  void fail(stream::CloseReason reason);

 private:
  friend class MemoryStreamPair;
  void notify();
  void deliver();

  WorkerContext& context_;
  MemoryStream* peer_ = nullptr;
  stream::StreamEvents* events_ = nullptr;
  SliceQueue incoming_;
  size_t capacity_;     // of incoming_, what the peer's room() is measured against
  size_t charged_ = 0;  // bytes that arrived and were not reported by consumed()
  Endpoint local_;
  Endpoint remote_;
  bool ended_ = false;       // this side has ended
  bool peer_ended_ = false;  // the peer's end has arrived
  bool given_up_ = false;
  bool aborted_ = false;
  bool limited_ = false;         // a write met the end of room(): on_writable() is owed
  bool wants_readable_ = false;  // on_readable() is owed
  bool closed_ = false;          // on_closed() is owed or was given
  stream::CloseReason reason_ = stream::CloseReason::kFinished;
  Task task_;
};

class MemoryStreamPair {
 public:
  // capacity: bytes that each end may have written before the other consumes.
  MemoryStreamPair(WorkerContext& context, SliceNodePool& nodes, size_t capacity = 65536);

  // The server's end (local 198.18.0.1:80) and the client's (198.18.0.2:50000).
  MemoryStream& server() { return server_; }
  MemoryStream& client() { return client_; }

 private:
  MemoryStream server_;
  MemoryStream client_;
};

}  // namespace sluice::test
