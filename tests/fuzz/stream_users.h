// User and Application: those who use a host's connections, for stack_frames_fuzz.cc. All write the same endless
// stream, so that whoever reads what is trusted can check every byte.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/tcp_host.h"

namespace sluice::fuzz {

inline constexpr uint32_t kPackets = 256;  // of each host
inline constexpr size_t kMostUsers = 16;
inline constexpr Port kServed{80};

inline void check(bool holds) {
  if (!holds) std::abort();
}

// The byte at a place of every stream.
inline std::byte pattern(uint32_t offset) {
  return static_cast<std::byte>(offset * 167 + (offset >> 8) * 13);
}

// One user of a connection.
class User final : public tcp::ConnectionEvents {
 public:
  // trusted: says whether what this connection carries is the honest stream.
  using Trusted = bool (*)(void* context, const tcp::Connection& connection);
  User(test::TestWorker& worker, Trusted trusted, void* context)
      : worker_(worker), trusted_(trusted), context_(context) {}

  tcp::Connection* connection = nullptr;
  bool reads = true;

  void on_connected() override {}
  void on_readable() override {
    if (reads) read(SIZE_MAX);
  }
  void on_writable() override {}
  void on_closed(tcp::CloseReason) override { connection = nullptr; }

  void read(size_t limit) {
    SliceQueue& queue = connection->readable();
    const bool trusted = trusted_(context_, *connection);
    size_t taken = 0;
    while (!queue.empty() && taken < limit) {
      const Slice slice = queue.take_front(limit - taken);
      for (const std::byte b : slice.bytes()) {
        check(!trusted || b == pattern(received_));
        ++received_;
      }
      taken += slice.size();
    }
    connection->consumed(taken);
  }
  void write(size_t n) {
    std::string text(std::min(n, connection->room()), '\0');
    for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(pattern(written_ + static_cast<uint32_t>(i)));
    SliceQueue slices = worker_.slices(text);
    if (slices.empty()) return;  // no packets now
    written_ += static_cast<uint32_t>(text.size());
    connection->write(std::move(slices));
  }

 private:
  test::TestWorker& worker_;
  Trusted trusted_;
  void* context_;
  uint32_t received_ = 0;
  uint32_t written_ = 0;
};

// A host with a stack, and all users of its connections.
class Application final : public tcp::AcceptHandler {
 public:
  Application(const test::TcpHostConfig& config, User::Trusted trusted, void* context)
      : host(config), trusted_(trusted), context_(context) {
    check(host.tcp.listen({IpAddress(), kServed}, *this).ok());
  }

  tcp::ConnectionEvents* on_accept(tcp::Connection& connection) override {
    User* user = free_user();
    if (user != nullptr) user->connection = &connection;
    return user;
  }
  void connect(const Endpoint& remote) {
    User* user = free_user();
    if (user == nullptr) return;
    if (const auto connection = host.tcp.connect(remote, *user); connection.ok()) user->connection = *connection;
  }

  void act(uint8_t which, uint8_t what, uint16_t amount) {
    if (users_.empty()) return;
    User& user = *users_[which % users_.size()];
    if (what % 8 == 0) user.reads = !user.reads;
    if (user.connection == nullptr) return;
    switch (what % 8) {
      case 1:
        user.read(amount);
        break;
      case 2:
        user.connection->shutdown_write();
        break;
      case 3:
        std::exchange(user.connection, nullptr)->close();
        break;
      case 4:
        std::exchange(user.connection, nullptr)->abort();
        break;
      default:
        user.write(amount % 6000);
    }
    host.finish_turn();
  }

  // Ends everything; true when all has come back.
  bool end() {
    host.finish_turn();  // what was opened last is offered to its user first
    for (auto& user : users_) {
      if (user->connection != nullptr) std::exchange(user->connection, nullptr)->abort();
    }
    host.finish_turn();
    host.worker.advance(Duration::seconds(400));
    host.sent().clear();
    return host.tcp.connections() == 0 && host.tcp.half_open() == 0 && host.tcp.time_wait() == 0 &&
           host.worker.packets->available() == kPackets && host.worker.nodes.size() == 0;
  }

  test::TcpHost host;

 private:
  User* free_user() {
    if (users_.size() == kMostUsers) return nullptr;
    return users_.emplace_back(std::make_unique<User>(host.worker, trusted_, context_)).get();
  }

  User::Trusted trusted_;
  void* context_;
  std::vector<std::unique_ptr<User>> users_;
};

}  // namespace sluice::fuzz
