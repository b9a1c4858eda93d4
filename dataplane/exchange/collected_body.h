// CollectedBody: the request's body on its way to the origin after it was read: first the bytes that were collected, or
// what plugins have made of them, then what the client still brings of a body that was too long to be read whole.
//
// Stands between the client's transaction and the call to the origin. Part of an exchange.
#pragma once

#include <string_view>

#include "base/task_queue.h"
#include "http/transaction.h"
#include "packet/packet_pool.h"
#include "packet/slice_queue.h"

namespace sluice::exchange {

class CollectedBody final : public http::BodySource {
 public:
  // `wake` is posted when room has come for more: call fill() then.
  CollectedBody(PacketPool& packets, SliceNodePool& nodes, TaskQueue& tasks, Task& wake)
      : packets_(packets), ready_(nodes), tasks_(tasks), wake_(wake) {}

  // Begins with `bytes`, which live as long as this is used; `client`: where its trailers, and with `goes_on` the rest
  // of it, come from.
  void start(std::string_view bytes, http::BodySource& client, bool goes_on);
  bool started() const { return client_ != nullptr; }

  // Makes ready what there is room for. False: out of memory.
  [[nodiscard]] bool fill();

  // BodySource
  SliceQueue& body() override { return ready_; }
  void consumed(size_t) override {
    if (!left_.empty() || (goes_on_ && !client_->body().empty())) tasks_.post(wake_);
  }
  bool body_complete() const override {
    return left_.empty() && (!goes_on_ || (client_->body_complete() && client_->body().empty()));
  }
  const http::HeaderMap& trailers() const override { return client_->trailers(); }

 private:
  // What is made ready at a time.
  static constexpr size_t kMostReadyBytes = 32 << 10;

  PacketPool& packets_;
  http::BodySource* client_ = nullptr;
  SliceQueue ready_;
  TaskQueue& tasks_;
  Task& wake_;
  std::string_view left_;  // of the bytes
  bool goes_on_ = false;
};

}  // namespace sluice::exchange
