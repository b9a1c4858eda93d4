#include "support/memory_stream.h"

#include <utility>

namespace sluice::test {

namespace {

const Endpoint kServer{IpAddress::v4(0xC6120001), Port{80}};
const Endpoint kClient{IpAddress::v4(0xC6120002), Port{50000}};

}  // namespace

MemoryStream::MemoryStream(WorkerContext& context, SliceNodePool& nodes, size_t capacity, Endpoint local,
                           Endpoint remote)
    : context_(context),
      incoming_(nodes),
      capacity_(capacity),
      local_(local),
      remote_(remote),
      task_([](void* self) { static_cast<MemoryStream*>(self)->deliver(); }, this) {}

void MemoryStream::set_events(stream::StreamEvents* events) {
  events_ = events;
  if (!incoming_.empty() || peer_ended_) {
    wants_readable_ = true;
    notify();
  }
}

size_t MemoryStream::room() const {
  if (ended_ || given_up_ || closed_) return 0;
  return peer_->charged_ >= peer_->capacity_ ? 0 : peer_->capacity_ - peer_->charged_;
}

bool MemoryStream::write(SliceQueue bytes) {
  if (ended_ || given_up_ || closed_ || bytes.empty()) return true;
  limited_ |= bytes.size() >= room();
  if (peer_->given_up_) return true;
  peer_->charged_ += bytes.size();
  peer_->incoming_.splice(bytes);
  peer_->wants_readable_ = true;
  peer_->notify();
  return true;
}

void MemoryStream::consumed(size_t bytes) {
  charged_ -= bytes;
  if (peer_->limited_) peer_->notify();
  if (ended_ && peer_ended_) notify();
}

void MemoryStream::shutdown_write() {
  if (std::exchange(ended_, true)) return;
  peer_->peer_ended_ = true;
  peer_->wants_readable_ = true;
  peer_->notify();
  notify();
}

void MemoryStream::close() {
  shutdown_write();
  given_up_ = true;
  incoming_.clear();
  charged_ = 0;
  task_.cancel();
  if (peer_->limited_) peer_->notify();
}

void MemoryStream::abort() {
  given_up_ = aborted_ = true;
  incoming_.clear();
  charged_ = 0;
  task_.cancel();
  peer_->fail(stream::CloseReason::kReset);
}

void MemoryStream::fail(stream::CloseReason reason) {
  if (given_up_ || closed_) return;
  closed_ = true;
  reason_ = reason;
  notify();
}

void MemoryStream::notify() {
  if (!given_up_) context_.tasks.post(task_);
}

// Each event may give the stream up, so each is given only while the user still holds it.
void MemoryStream::deliver() {
  if (events_ == nullptr) return;
  if (closed_) {
    given_up_ = true;
    incoming_.clear();
    events_->on_closed(reason_);
    return;
  }
  if (wants_readable_) {
    wants_readable_ = false;
    events_->on_readable();
  }
  if (!given_up_ && limited_ && room() > 0) {
    limited_ = false;
    events_->on_writable();
  }
  // In order at both sides, and everything read: the stream is gone.
  if (!given_up_ && ended_ && peer_ended_ && charged_ == 0) fail(stream::CloseReason::kFinished);
}

MemoryStreamPair::MemoryStreamPair(WorkerContext& context, SliceNodePool& nodes, size_t capacity)
    : server_(context, nodes, capacity, kServer, kClient), client_(context, nodes, capacity, kClient, kServer) {
  server_.peer_ = &client_;
  client_.peer_ = &server_;
}

}  // namespace sluice::test
