// Origins: a Connector that leads to origins in memory, played by a test.
//
// Owned by a test. Each connect() makes one Connection, in order; how it is met is said beforehand.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "stream/stream.h"
#include "support/http_message.h"
#include "support/peer.h"
#include "support/test_worker.h"

namespace sluice::test {

enum class Welcome : uint8_t { kAccept, kRefuse, kSilence };

class Origins final : public stream::Connector {
 public:
  explicit Origins(TestWorker& worker, size_t window_bytes = 65536) : worker_(worker), window_bytes_(window_bytes) {}

  // How the next connections are met: what was pushed first meets the next, then `otherwise`.
  void meet_next(Welcome welcome) { next_.push_back(welcome); }
  void meet_others(Welcome welcome) { otherwise_ = welcome; }
  // Further connects fail at once, for want of memory.
  void exhaust() { exhausted_ = true; }

  // No route leads to `address` any more.
  void cut_off(const IpAddress& address) { cut_off_.insert(address); }

  // Answers every request on every connection, as soon as it is complete, with the bytes that `reply` makes of it.
  using Reply = std::function<std::string(const HttpMessage& request)>;
  void answer_all(Reply reply) { reply_ = std::move(reply); }

  size_t connections() const { return connections_.size(); }
  // The i-th connection's origin. REQUIRES: it was met, and tasks ran since.
  Peer& operator[](size_t i) { return connections_[i]->peer; }
  const Endpoint& endpoint(size_t i) const { return connections_[i]->endpoint; }
  Peer& last() { return connections_.back()->peer; }

  // REQUIRES: Sluice has given up every connection.
  void clear() { connections_.clear(); }

  bool reaches(const IpAddress& remote) const override { return !cut_off_.contains(remote); }
  stream::Stream* connect(const Endpoint& remote, stream::StreamEvents& events) override {
    if (exhausted_ || !reaches(remote.address)) return nullptr;
    Welcome welcome = otherwise_;
    if (!next_.empty()) {
      welcome = next_.front();
      next_.pop_front();
    }
    auto& connection = *connections_.emplace_back(std::make_unique<Connection>(*this, remote, events, welcome));
    if (welcome != Welcome::kSilence) worker_.tasks.post(connection.meet);
    return &connection.pair.client();
  }

 private:
  struct Connection {
    Connection(Origins& origins, const Endpoint& remote, stream::StreamEvents& stream_events, Welcome how)
        : endpoint(remote),
          events(stream_events),
          welcome(how),
          pair(origins.worker_.context, origins.worker_.nodes, origins.window_bytes_),
          peer(origins.worker_, pair.server()),
          meet([](void* self) { static_cast<Connection*>(self)->on_met(); }, this) {
      pair.client().set_events(&stream_events);
      if (origins.reply_) peer.on_data([this, &origins] { answer(origins.reply_); });
    }
    void on_met() {
      if (pair.client().given_up()) return;
      if (welcome == Welcome::kRefuse) {
        pair.client().fail(stream::CloseReason::kRefused);
      } else {
        events.on_connected();
      }
    }
    void answer(const Reply& reply) {
      while (auto request = take_message(peer.received())) peer.send(reply(*request));
    }

    const Endpoint endpoint;
    stream::StreamEvents& events;
    const Welcome welcome;
    MemoryStreamPair pair;
    Peer peer;
    Task meet;
  };

  TestWorker& worker_;
  const size_t window_bytes_;
  std::deque<Welcome> next_;
  Welcome otherwise_ = Welcome::kAccept;
  bool exhausted_ = false;
  std::set<IpAddress> cut_off_;
  Reply reply_;
  std::deque<std::unique_ptr<Connection>> connections_;
};

}  // namespace sluice::test
