// Peer: the other end of a memory stream, played by a test: a client of Sluice's, or an origin.
//
// Owned by a test. What it is told to send goes out as the window allows; what comes is read at once, unless the test
// stops it.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "support/memory_stream.h"
#include "support/test_worker.h"

namespace sluice::test {

class Peer final : private stream::StreamEvents {
 public:
  Peer(TestWorker& worker, MemoryStream& stream) : worker_(worker), stream_(stream) { stream.set_events(this); }
  ~Peer() {
    if (!gone_) stream_.abort();
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void send(std::string_view text) {
    unsent_ += text;
    flush();
  }
  // Ends this side after what was sent.
  void end() {
    ending_ = true;
    flush();
  }
  // Resets the connection.
  void reset() {
    if (!std::exchange(gone_, true)) stream_.abort();
  }

  const std::string& received() const { return received_; }
  std::string& received() { return received_; }
  size_t unsent() const { return unsent_.size(); }

  void stop_reading() { reading_ = false; }
  void read_again() {
    reading_ = true;
    on_readable();
  }
  // Called when something has come.
  void on_data(std::function<void()> callback) { on_data_ = std::move(callback); }

  bool ended() const { return ended_; }  // Sluice has ended its side in order
  bool was_reset() const { return reset_; }
  bool gone() const { return gone_; }
  const Endpoint& address() const { return stream_.local(); }

 private:
  void on_readable() override {
    if (!reading_ || gone_) return;
    const size_t bytes = stream_.readable().size();
    received_ += text_of(stream_.readable());
    stream_.readable().clear();
    ended_ = stream_.end_of_stream();
    if (bytes > 0) stream_.consumed(bytes);
    if (on_data_) on_data_();
  }
  void on_writable() override { flush(); }
  void on_closed(stream::CloseReason reason) override {
    gone_ = true;
    reset_ = reason != stream::CloseReason::kFinished;
  }

  void flush() {
    while (!gone_ && !unsent_.empty() && stream_.room() > 0) {
      const size_t n = std::min(stream_.room(), unsent_.size());
      SliceQueue bytes = worker_.slices(std::string_view(unsent_).substr(0, n));
      if (bytes.size() < n || !stream_.write(std::move(bytes))) return;  // no packets: at the next event
      unsent_.erase(0, n);
    }
    if (!gone_ && ending_ && unsent_.empty()) stream_.shutdown_write();
  }

  TestWorker& worker_;
  MemoryStream& stream_;
  std::function<void()> on_data_;
  std::string received_;
  std::string unsent_;
  bool reading_ = true;
  bool ending_ = false;
  bool ended_ = false;
  bool reset_ = false;
  bool gone_ = false;
};

}  // namespace sluice::test
