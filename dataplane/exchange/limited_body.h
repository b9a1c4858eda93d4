// LimitedBody: a request's body of unknown length that a stage has bounded.
//
// Stands between the client's transaction and the call to the origin. Holds the beginning back until the body is
// complete or more than is worth holding, so that a small body that is too long never reaches an origin; counts all of
// it. Part of an exchange.
#pragma once

#include <cstdint>

#include "base/task_queue.h"
#include "http/transaction.h"
#include "packet/slice_queue.h"

namespace sluice::exchange {

class LimitedBody final : public http::BodySource {
 public:
  // `wake` is posted when room has come for bytes that wait at the source: call pull() then.
  LimitedBody(SliceNodePool& nodes, TaskQueue& tasks, Task& wake) : held_(nodes), tasks_(tasks), wake_(wake) {}

  // Begins with `source`, which lives as long as this is used.
  void start(http::BodySource& source, uint64_t limit_bytes);
  bool started() const { return source_ != nullptr; }

  enum class State : uint8_t {
    kHolding,  // wait for more
    kPassing,  // what has come may be passed on
    kOver,     // longer than allowed
    kOutOfMemory,
  };
  // Takes what has arrived, as far as there is room.
  State pull();

  // BodySource
  SliceQueue& body() override { return held_; }
  void consumed(size_t) override {
    if (!source_->body().empty()) tasks_.post(wake_);
  }
  bool body_complete() const override { return source_->body_complete() && source_->body().empty(); }
  const http::HeaderMap& trailers() const override { return source_->trailers(); }

 private:
  // What is held at most. Slices are bounded too, as each pins a packet.
  static constexpr size_t kMostBytes = 64 << 10;
  static constexpr unsigned kMostSlices = 128;

  http::BodySource* source_ = nullptr;
  SliceQueue held_;
  TaskQueue& tasks_;
  Task& wake_;
  uint64_t limit_bytes_ = 0;
  uint64_t arrived_bytes_ = 0;
  unsigned slices_ = 0;  // in held_, at most
  bool passing_ = false;
};

}  // namespace sluice::exchange
