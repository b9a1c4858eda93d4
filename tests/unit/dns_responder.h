// DnsResponder: a name server on an event loop, at an address of the loopback that no other process of the tests has.
//
// It answers A of the names that it knows and holds back the others' until they are let go.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loop/event_loop.h"
#include "sluice/ip_address.h"

namespace sluice::control::test {

class DnsResponder {
 public:
  explicit DnsResponder(EventLoop& loop) : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(53);
    at.sin_addr.s_addr = htonl(address.v4_host_order());
    good = bind(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
    watch_ = loop.watch(socket_, true, false, [this](bool, bool) { take(); });
  }
  ~DnsResponder() {
    watch_.reset();
    close(socket_);
  }
  DnsResponder(const DnsResponder&) = delete;
  DnsResponder& operator=(const DnsResponder&) = delete;

  // Answers `name` from now on, and what was asked about it.
  void know(const std::string& name, uint32_t v4) {
    known_[name] = v4;
    const std::vector<Query> held = std::exchange(held_, {});
    for (const Query& query : held) serve(query);
  }

  const IpAddress address = IpAddress::v4(0x7f000000 | (static_cast<uint32_t>(getpid()) & 0xffffff));
  bool good = false;               // false: this process may not have port 53
  std::vector<std::string> asked;  // A alone
  unsigned asked_others = 0;       // questions of other types
  uint32_t ttl_s = 1;

 private:
  struct Query {
    std::string name;
    std::string bytes;  // head and question
    bool is_a;
    sockaddr_in client;
  };
  static constexpr size_t kHeadBytes = 12;

  void take() {
    char bytes[512];
    sockaddr_in client{};
    socklen_t size = sizeof client;
    const ssize_t n = recvfrom(socket_, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&client), &size);
    if (n <= static_cast<ssize_t>(kHeadBytes)) return;
    Query query{{}, std::string(bytes, static_cast<size_t>(n)), false, client};
    size_t at = kHeadBytes;
    for (size_t label = 0; (label = static_cast<uint8_t>(query.bytes[at])) != 0; at += label + 1) {
      if (!query.name.empty()) query.name += '.';
      for (size_t i = 1; i <= label; ++i) query.name += static_cast<char>(std::tolower(query.bytes[at + i]));
    }
    query.is_a = query.bytes[at + 2] == 1;
    query.bytes.resize(at + 5);
    if (query.is_a) {
      asked.push_back(query.name);
    } else {
      ++asked_others;
    }
    serve(query);
  }

  void serve(const Query& query) {
    const auto known = known_.find(query.name);
    if (known == known_.end()) {
      held_.push_back(query);
      return;
    }
    std::string answer = query.bytes;
    const char answers = query.is_a ? 1 : 0;
    const char rest_of_head[] = {static_cast<char>(0x81), static_cast<char>(0x80), 0, 1, 0, answers, 0, 0, 0, 0};
    answer.replace(2, sizeof rest_of_head, rest_of_head, sizeof rest_of_head);
    if (query.is_a) {
      const char record[] = {static_cast<char>(0xc0), kHeadBytes, 0, 1, 0, 1};  // that name, A, IN
      answer.append(record, sizeof record);
      append(answer, ttl_s);
      answer.append("\0\4", 2);
      append(answer, known->second);
    }
    sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&query.client),
           sizeof query.client);
  }

  static void append(std::string& out, uint32_t number) {
    const uint32_t be = htonl(number);
    out.append(reinterpret_cast<const char*>(&be), sizeof be);
  }

  const int socket_;
  std::map<std::string, uint32_t> known_;
  std::vector<Query> held_;
  std::unique_ptr<EventLoop::Watch> watch_;
};

}  // namespace sluice::control::test
