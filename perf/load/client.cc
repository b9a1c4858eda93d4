// load-client: clients of our own over a memory port (net_virtio_user) for a Sluice whose port is the other end
// (net_vhost). For perf/run --connections.
//
//   load-client --socket FILE --core N --server ADDRESS --first-address ADDRESS [--addresses 64] [--path /local]
//               --connections N     opens N, asks once on each, says so, and closes them when a line comes in
//
// Each result is a line of JSON.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "load/host.h"
#include "load/visits.h"
#include "port/eal.h"
#include "port/packet_memory.h"
#include "port/port.h"
#include "port/port_queue.h"

namespace {

using namespace sluice;
using load::Host;
using load::Visits;

struct Options {
  std::string socket;
  uint16_t core = 1;
  std::string server;
  uint16_t server_port = 8000;
  std::string first_address;
  uint32_t addresses = 64;
  std::string path = "/local";
  uint32_t connections = 1000;
  uint32_t on_the_way = 256;
};

constexpr Duration kPatience = Duration::seconds(120);
constexpr uint32_t kHomeATurn = 64;  // clients that leave in a turn: their last segments are to find room in the rings

class Run {
 public:
  Run(const Options& options, Host& host, Visits& visits) : options_(options), host_(host), visits_(visits) {}

  // On the worker's thread.
  int operator()() {
    const Instant began = host_.now();
    while (!host_.ready() && host_.now() - began < kPatience) host_.turn();
    if (!host_.ready()) return 1;
    hold();
    return 0;
  }
  void let_go() { let_go_ = true; }

 private:
  void hold() {
    const Instant began = host_.now();
    while (visits_.staying() < options_.connections && host_.now() - began < kPatience) {
      visits_.keep_going();
      host_.turn();
    }
    std::printf("{\"open\": %zu, \"failed\": %lu, \"seconds\": %.2f}\n", visits_.staying(), visits_.figures().failed,
                seconds_since(began));
    std::fflush(stdout);
    while (!let_go_) host_.turn();
    const size_t kept = visits_.staying();
    const Instant leaving = host_.now();
    while ((visits_.staying() > 0 || host_.tcp().connections() > 0) && host_.now() - leaving < kPatience) {
      visits_.send_home(kHomeATurn);
      host_.turn();
    }
    std::printf("{\"kept\": %zu, \"left_open\": %u}\n", kept, host_.tcp().connections());
  }

  double seconds_since(Instant began) const { return static_cast<double>((host_.now() - began).ns) / 1e9; }

  const Options& options_;
  Host& host_;
  Visits& visits_;
  std::atomic<bool> let_go_ = false;
};

IpAddress address(const std::string& text) {
  const auto parsed = IpAddress::parse(text);
  if (!parsed || !parsed->is_v4()) throw CLI::ValidationError(text, "expected an IPv4 address");
  return *parsed;
}

int fail(const std::string& why) {
  std::fprintf(stderr, "load-client: %s\n", why.c_str());
  return 1;
}

int run(const Options& options) {
  const IpAddress first = address(options.first_address);
  const Endpoint server{address(options.server), Port{options.server_port}};
  port::EalSettings eal_settings;
  eal_settings.huge_pages = false;  // of memory that the other process can share
  eal_settings.memory_bytes = 256 << 20;
  eal_settings.cores = {options.core};
  auto eal = port::Eal::start(eal_settings);
  if (!eal.ok()) return fail("EAL: " + eal.error().text());

  Counters counters;
  std::vector<std::unique_ptr<PacketPool>> pools;
  auto pool = port::make_packet_pool(WorkerId{0}, {.packets = 32'768}, counters);
  if (!pool.ok()) return fail(pool.error().text());
  pools.push_back(std::move(*pool));
  policy::NodePort settings;
  settings.name = "load";
  settings.device = "net_virtio_user0,path=" + options.socket + ",queue_size=1024";
  const FlowOwners owners(1);
  auto port = port::Port::open(settings, pools, owners);
  if (!port.ok()) return fail(port.error().text());

  const auto clock = worker::TscClock::calibrate();
  port::PortQueue queue((*port)->facts().device_id, 0, counters);
  SliceNodePool nodes(1 << 18);
  load::HostSettings host_settings{.mac = {(*port)->facts().mac.bytes},
                                   .first_address = first,
                                   .addresses = options.addresses,
                                   .server = server.address};
  host_settings.tcp.max_connections = options.connections + 65'536;  // those that are closing, too
  host_settings.tcp.max_time_wait = 1 << 20;
  host_settings.tcp.time_wait = Duration::seconds(1);  // ports are few, and nothing is late in memory
  Host host({queue, *pools[0], nodes, counters, clock}, host_settings);
  const load::VisitSettings visit_settings{.server = server,
                                           .path = options.path,
                                           .most = options.connections,
                                           .on_the_way = options.on_the_way,
                                           .stay = true};
  Visits visits(host, *pools[0], nodes, visit_settings);
  Run work(options, host, visits);
  int result = 1;
  struct Job {
    Run& work;
    int& result;
  } job{work, result};
  const auto body = [](void* argument) {
    auto* j = static_cast<Job*>(argument);
    j->result = j->work();
    return 0;
  };
  if (!(*eal)->launch(WorkerId{0}, body, &job)) return fail("there is no thread to run on");
  std::string line;
  std::getline(std::cin, line);
  work.let_go();
  (*eal)->join(WorkerId{0});
  if (result != 0) return fail("the server does not answer ARP");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Clients for a server at the other end of a memory port");
  app.add_option("--socket", options.socket, "vhost-user socket of the server's port")->required();
  app.add_option("--core", options.core, "core to run on");
  app.add_option("--server", options.server, "the server's address")->required();
  app.add_option("--port", options.server_port, "its TCP port");
  app.add_option("--first-address", options.first_address, "the clients' first address, on the server's link")
      ->required();
  app.add_option("--addresses", options.addresses, "how many there are")->check(CLI::Range(1, 1 << 16));
  app.add_option("--path", options.path, "what is asked for");
  app.add_option("--on-the-way", options.on_the_way, "clients without an answer at a time")
      ->check(CLI::Range(1, 1 << 16));
  app.add_option("--connections", options.connections, "how many stay open")->check(CLI::Range(1, 1 << 22));
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
