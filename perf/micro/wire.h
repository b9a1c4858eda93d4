// Wire: a client or an origin at the far end of a stream in memory, as cheap as can be: what it says is one packet that
// it fills anew, as a device would, and what it hears it counts and drops.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "support/memory_stream.h"
#include "support/test_worker.h"

namespace sluice::micro {

// Says `text` in fresh packets. False: there are none, or the stream took nothing.
inline bool say(test::TestWorker& worker, stream::Stream& stream, std::string_view text) {
  SliceQueue bytes = worker.slices(text);
  return bytes.size() == text.size() && stream.write(std::move(bytes));
}

class Client final : public stream::StreamEvents {
 public:
  Client(test::TestWorker& worker, stream::Stream& stream) : worker_(worker), stream_(stream) {
    stream.set_events(this);
  }

  bool ask(std::string_view request) { return say(worker_, stream_, request); }
  // Answers whose status was `expected` ("HTTP/1.1 200"), since the last look.
  unsigned take_answers() { return std::exchange(answers_, 0); }
  void expect(std::string_view expected) { expected_ = expected; }
  // How the last answer began that had another status, for a complaint; empty: none had.
  const std::string& unexpected() const { return unexpected_; }

 private:
  void on_readable() override {
    SliceQueue& in = stream_.readable();
    const size_t bytes = in.size();
    // A slice may be the rest of an answer: only its first begins as answers do.
    for (const SliceNode* node = in.first(); node != nullptr; node = node->next) {
      const std::string_view text = node->slice.text();
      if (text.starts_with(expected_)) {
        ++answers_;
      } else if (text.starts_with("HTTP/1.1 ")) {
        unexpected_ = text;
      }
    }
    in.clear();
    stream_.consumed(bytes);
  }
  void on_writable() override {}
  void on_closed(stream::CloseReason) override { unexpected_ = "the connection was closed"; }

  test::TestWorker& worker_;
  stream::Stream& stream_;
  std::string_view expected_ = "HTTP/1.1 200";
  unsigned answers_ = 0;
  std::string unexpected_;
};

// Answers whatever comes at once: a connection carries one request at a time, and its head is one packet.
class Origin final : public stream::Connector {
 public:
  Origin(test::TestWorker& worker, std::string_view answer) : worker_(worker), answer_(answer) {}

  bool reaches(const IpAddress&) const override { return true; }
  stream::Stream* connect(const Endpoint&, stream::StreamEvents& events) override {
    Connection& connection = connections_.emplace_back(*this, events);
    worker_.tasks.post(connection.meet);
    return &connection.pair.client();
  }
  // REQUIRES: the server has given up every connection.
  void clear() { connections_.clear(); }

 private:
  struct Connection final : stream::StreamEvents {
    Connection(Origin& of, stream::StreamEvents& events)
        : origin(of),
          users(events),
          pair(of.worker_.context, of.worker_.nodes),
          meet([](void* self) { static_cast<Connection*>(self)->users.on_connected(); }, this) {
      pair.client().set_events(&events);
      pair.server().set_events(this);
    }
    void on_readable() override {
      SliceQueue& in = pair.server().readable();
      const size_t bytes = in.size();
      in.clear();
      pair.server().consumed(bytes);
      if (bytes > 0) static_cast<void>(say(origin.worker_, pair.server(), origin.answer_));
    }
    void on_writable() override {}
    void on_closed(stream::CloseReason) override {}

    Origin& origin;
    stream::StreamEvents& users;
    test::MemoryStreamPair pair;
    Task meet;
  };

  test::TestWorker& worker_;
  const std::string_view answer_;
  std::deque<Connection> connections_;
};

}  // namespace sluice::micro
