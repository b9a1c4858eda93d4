// path-emulator: a bridge between two network interfaces that behaves as a long line: a rate, a delay, a queue, seeded
// losses. For perf/run --path: the same path for Sluice and for Linux.
//
//   path-emulator --left IFACE --right IFACE [--rate-mbit 200] [--delay-ms 20] [--loss 0.01] [--queue-kib 512] [--seed
//   N]
//                 [--lossy left|right]
//
// The delay is that of a round trip, half of it each way. Frames are lost on one way alone: to the left, or to the
// right. Ends with SIGTERM or SIGINT and prints what it carried as a line of JSON.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>

#include "path/link.h"

namespace {

using sluice::path::Link;
using sluice::path::LinkSettings;
using sluice::path::Time;

constexpr int kBurst = 64;
constexpr int kSocketBufferBytes = 8 << 20;

volatile std::sig_atomic_t g_stop = 0;

Time now() {
  return std::chrono::duration_cast<Time>(std::chrono::steady_clock::now().time_since_epoch());
}

// All frames of one interface, in and out.
class Interface {
 public:
  explicit Interface(const std::string& name) {
    descriptor_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "AF_PACKET");
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(if_nametoindex(name.c_str()));
    if (address.sll_ifindex == 0 || bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::system_error(errno, std::generic_category(), name);
    }
    const int on = 1;
    setsockopt(descriptor_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBufferBytes, sizeof kSocketBufferBytes);
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUFFORCE, &kSocketBufferBytes, sizeof kSocketBufferBytes);
    packet_mreq promiscuous{};
    promiscuous.mr_ifindex = address.sll_ifindex;
    promiscuous.mr_type = PACKET_MR_PROMISC;
    setsockopt(descriptor_, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous);
  }
  ~Interface() { close(descriptor_); }
  Interface(const Interface&) = delete;
  Interface& operator=(const Interface&) = delete;

  int descriptor() const { return descriptor_; }

  void receive_into(Link& link) {
    std::array<std::byte, 65'536> buffer;
    for (int i = 0; i < kBurst; ++i) {
      const ssize_t n = recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (n <= 0) return;
      link.on_frame(std::span(buffer).first(static_cast<size_t>(n)), now());
    }
  }
  void send_from(Link& link) {
    while (const auto* frame = link.front(now())) {
      if (send(descriptor_, frame->data(), frame->size(), 0) < 0 && (errno == EAGAIN || errno == ENOBUFS)) return;
      link.pop();
    }
  }

 private:
  int descriptor_;
};

void run(Interface& left, Interface& right, Link& to_left, Link& to_right) {
  while (g_stop == 0) {
    const Time next = std::min(to_left.next(), to_right.next());
    timespec wait{.tv_sec = 1, .tv_nsec = 0};
    if (next != Time::max()) {
      const auto left_over = std::clamp((next - now()).count(), int64_t{0}, int64_t{999'999'999});
      wait = {.tv_sec = 0, .tv_nsec = left_over};
    }
    std::array<pollfd, 2> ready{{{left.descriptor(), POLLIN, 0}, {right.descriptor(), POLLIN, 0}}};
    ppoll(ready.data(), ready.size(), &wait, nullptr);
    left.receive_into(to_right);
    right.receive_into(to_left);
    left.send_from(to_left);
    right.send_from(to_right);
  }
}

void print(const char* name, const Link::Figures& figures, const char* end) {
  std::printf("\"%s\": {\"frames\": %lu, \"lost\": %lu, \"overflowed\": %lu}%s", name, figures.frames, figures.lost,
              figures.overflowed, end);
}

}  // namespace

int main(int argc, char** argv) {
  std::string left_name;
  std::string right_name;
  double rate_mbit = 200;
  double delay_ms = 0;
  double loss = 0;
  size_t queue_kib = 512;
  uint64_t seed = 1;
  std::string lossy_side = "left";
  CLI::App app("A bridge that behaves as a long line");
  app.add_option("--left", left_name, "interface towards the client")->required();
  app.add_option("--right", right_name, "interface towards the server")->required();
  app.add_option("--rate-mbit", rate_mbit, "Mbit/s each way")->check(CLI::Range(0.1, 10'000.0));
  app.add_option("--delay-ms", delay_ms, "delay of a round trip")->check(CLI::Range(0.0, 10'000.0));
  app.add_option("--loss", loss, "probability of a loss on the lossy way")->check(CLI::Range(0.0, 1.0));
  app.add_option("--queue-kib", queue_kib, "queue before the line")->check(CLI::Range(1, 1 << 20));
  app.add_option("--seed", seed, "of the losses");
  app.add_option("--lossy", lossy_side, "the way on which frames are lost")->check(CLI::IsMember({"left", "right"}));
  CLI11_PARSE(app, argc, argv);

  struct sigaction action{};
  action.sa_handler = [](int) { g_stop = 1; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  try {
    Interface left(left_name);
    Interface right(right_name);
    const LinkSettings clean{.bits_per_second = static_cast<uint64_t>(rate_mbit * 1e6),
                             .delay = Time(static_cast<int64_t>(delay_ms * 1e6 / 2)),
                             .queue_bytes = queue_kib * 1024};
    LinkSettings lossy = clean;
    lossy.loss = loss;
    lossy.seed = seed;
    Link to_left(lossy_side == "left" ? lossy : clean);
    Link to_right(lossy_side == "right" ? lossy : clean);
    std::printf("ready\n");
    std::fflush(stdout);
    run(left, right, to_left, to_right);
    std::printf("{");
    print("to_left", to_left.figures(), ", ");
    print("to_right", to_right.figures(), "}\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "path-emulator: %s\n", error.what());
    return 1;
  }
}
