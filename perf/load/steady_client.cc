// steady-client: requests over the kernel's TCP at a fixed rate, each on a connection of its own, whether or not
// earlier ones have been answered (an open loop). For perf/run --syn-flood.
//
//   steady-client --server ADDRESS --port N [--path /local] [--rate 1000] [--seconds 10]
//
// A latency is from the moment at which the request was due to its answer's last byte. Prints a line of JSON.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr double kPatienceS = 10;  // for the last answers

class Requests {
 public:
  Requests(const sockaddr_in& server, const std::string& path)
      : server_(server), request_("GET " + path + " HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n") {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll");
  }
  ~Requests() { close(epoll_); }
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  void begin(Clock::time_point due) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "socket");
    const auto* address = reinterpret_cast<const sockaddr*>(&server_);
    if (connect(descriptor, address, sizeof server_) != 0 && errno != EINPROGRESS) {
      ++failed_;
      close(descriptor);
      return;
    }
    open_[descriptor] = {due, {}};
    epoll_event event{.events = EPOLLOUT, .data = {.fd = descriptor}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }

  void wait(double seconds) {
    std::array<epoll_event, 64> ready;
    const timespec most{.tv_nsec = static_cast<long>(std::clamp(seconds, 0.0, 0.1) * 1e9)};
    const int n = epoll_pwait2(epoll_, ready.data(), static_cast<int>(ready.size()), &most, nullptr);
    for (int i = 0; i < n; ++i) on_ready(ready[static_cast<size_t>(i)]);
  }

  size_t open() const { return open_.size(); }

  void print() {
    std::sort(latencies_us_.begin(), latencies_us_.end());
    const auto at = [&](size_t p) {
      return latencies_us_.empty() ? 0 : latencies_us_[(latencies_us_.size() - 1) * p / 100];
    };
    std::printf("{\"answered\": %zu, \"failed\": %zu, \"p50_us\": %ld, \"p99_us\": %ld, \"worst_us\": %ld}\n",
                latencies_us_.size(), failed_ + open_.size(), at(50), at(99), at(100));
  }

 private:
  struct Request {
    Clock::time_point due;
    std::string answer;
  };

  void on_ready(const epoll_event& event) {
    const int descriptor = event.data.fd;
    if ((event.events & EPOLLOUT) != 0) {
      if (send(descriptor, request_.data(), request_.size(), MSG_NOSIGNAL) < 0) return end(descriptor);
      epoll_event readable{.events = EPOLLIN, .data = {.fd = descriptor}};
      epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &readable);
      return;
    }
    std::array<char, 4096> bytes;
    const ssize_t n = recv(descriptor, bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return end(descriptor);
    open_[descriptor].answer.append(bytes.data(), static_cast<size_t>(n));
  }

  // The server has closed, or the connection failed: what has come is the whole answer, or none.
  void end(int descriptor) {
    const Request& request = open_[descriptor];
    if (request.answer.starts_with("HTTP/1.1 200 ")) {
      const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - request.due);
      latencies_us_.push_back(took.count());
    } else {
      ++failed_;
    }
    open_.erase(descriptor);
    close(descriptor);
  }

  const sockaddr_in server_;
  const std::string request_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::unordered_map<int, Request> open_;
  std::vector<long> latencies_us_;
  size_t failed_ = 0;
};

void run(Requests& requests, double rate, double seconds) {
  const auto began = Clock::now();
  const auto total = static_cast<size_t>(rate * seconds);
  for (size_t i = 0; i < total;) {
    const auto due = began + std::chrono::duration_cast<Clock::duration>(Seconds(static_cast<double>(i) / rate));
    const double ahead = Seconds(due - Clock::now()).count();
    if (ahead > 0) {
      requests.wait(ahead);
      continue;
    }
    requests.begin(due);
    ++i;
  }
  const auto ended = Clock::now();
  while (requests.open() > 0 && Seconds(Clock::now() - ended).count() < kPatienceS) requests.wait(0.1);
}

}  // namespace

int main(int argc, char** argv) {
  std::string server;
  uint16_t port = 0;
  std::string path = "/local";
  double rate = 1000;
  double seconds = 10;
  CLI::App app("Requests at a fixed rate, each on a connection of its own");
  app.add_option("--server", server, "IPv4 address")->required();
  app.add_option("--port", port, "TCP port")->required();
  app.add_option("--path", path, "what is asked for");
  app.add_option("--rate", rate, "requests a second")->check(CLI::Range(1.0, 1e5));
  app.add_option("--seconds", seconds, "how long")->check(CLI::Range(0.1, 120.0));
  CLI11_PARSE(app, argc, argv);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, server.c_str(), &address.sin_addr) != 1) {
    std::fprintf(stderr, "steady-client: %s is no IPv4 address\n", server.c_str());
    return 1;
  }
  try {
    Requests requests(address, path);
    run(requests, rate, seconds);
    requests.print();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "steady-client: %s\n", error.what());
    return 1;
  }
}
