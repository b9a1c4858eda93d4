// ring-rate: a worker of Sluice and clients of our own on two cores of one process, between them DPDK's rings
// (net_ring), over which packets pass as they are. For perf/run --connection-rate.
//
//   ring-rate --seconds S       connects, asks and closes, as fast as it goes, after a second of warming up
//
// The result is a line of JSON.
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

#include "config/policy_loader.h"
#include "load/host.h"
#include "load/visits.h"
#include "port/eal.h"
#include "port/packet_memory.h"
#include "port/port.h"
#include "port/port_queue.h"
#include "upstream/health.h"
#include "worker/worker.h"

namespace {

using namespace sluice;

struct Options {
  std::vector<uint16_t> cores{0, 1};
  uint32_t on_the_way = 128;
  double seconds = 3;
};

constexpr Duration kWarmUp = Duration::seconds(1);
constexpr Duration kPatience = Duration::seconds(10);
constexpr WorkerId kServer{0};
constexpr WorkerId kClients{1};
constexpr unsigned kRingPackets = 2048;
constexpr uint32_t kPackets = 4096;
constexpr uint32_t kMostOnTheWay = 1024;
constexpr IpAddress kAddress = IpAddress::v4(0xC6120001);      // 198.18.0.1
constexpr IpAddress kFirstClient = IpAddress::v4(0xC6124001);  // 198.18.64.1
constexpr uint32_t kClientAddresses = 64;
constexpr Port kPort{8000};

// The answer is as long as in the other measurements.
std::string policy_text() {
  return R"({"_format_version": "3.0", "services": [{
    "name": "local", "url": "http://198.18.255.1", "routes": [{"name": "local", "paths": ["/local"]}],
    "plugins": [{"name": "request-termination",
                 "config": {"status_code": 200, "content_type": "text/plain", "body": ")" +
         std::string(128, 'x') + R"("}}]}]})";
}

int fail(const std::string& why) {
  std::fprintf(stderr, "ring-rate: %s\n", why.c_str());
  return 1;
}

// Two devices, of which each receives what the other sends. False: DPDK has no memory for them.
bool make_cable() {
  rte_ring* up = rte_ring_create("up", kRingPackets, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  rte_ring* down = rte_ring_create("down", kRingPackets, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  if (up == nullptr || down == nullptr) return false;
  const int server = rte_eth_from_rings("server", &up, 1, &down, 1, 0);
  const int clients = rte_eth_from_rings("clients", &down, 1, &up, 1, 0);
  if (server < 0 || clients < 0) return false;
  rte_ether_addr address{{2, 0, 0, 0, 0, 1}};
  if (rte_eth_dev_mac_addr_add(static_cast<uint16_t>(server), &address, 0) != 0) return false;
  address.addr_bytes[5] = 2;
  return rte_eth_dev_mac_addr_add(static_cast<uint16_t>(clients), &address, 0) == 0;
}

policy::Node node_of_one_worker() {
  policy::Node node;
  node.ports.push_back(
      {.name = "load", .device = "net_ring_server", .addresses = {{kAddress, *Cidr::parse("198.18.0.0/16")}}});
  node.workers.idle = policy::Idle::kSpin;
  node.memory.packets_per_worker = kPackets;
  node.limits.connections = 4 * kMostOnTheWay;
  node.listeners.push_back({.port = kPort, .backlog = 8192});
  return node;
}

const FlowOwners kOwners(1);

// One end of the cable.
struct End {
  Counters counters;
  std::vector<std::unique_ptr<PacketPool>> pools;
  std::vector<std::unique_ptr<port::Port>> ports;

  // What went wrong.
  std::string open(WorkerId worker, const policy::NodePort& settings) {
    auto pool = port::make_packet_pool(worker, {.packets = kPackets}, counters);
    if (!pool.ok()) return pool.error().text();
    pools.push_back(std::move(*pool));
    auto port = port::Port::open(settings, pools, kOwners);
    if (!port.ok()) return port.error().text();
    ports.push_back(std::move(*port));
    return {};
  }
};

// Its answers do not pass through a cache, ask nobody, and spend no budget.
struct Policy {
  gateway::SharedState gateway;
  upstream::HealthTable health;
  std::unique_ptr<const exchange::Snapshot> snapshot;

  Policy() {
    auto loaded = config::load_policy(policy_text(), "ring-rate");
    auto policy = std::make_shared<const policy::Policy>(*std::move(loaded.policy));
    const exchange::CompileContext context{
        .gateway = gateway, .health = health, .product = "sluice/perf", .hash_key = {1, 2}};
    snapshot = std::move(exchange::compile(std::move(policy), 1, context)).value();
  }
};

struct Measured {
  double seconds = 0;
  uint64_t busy_cycles = 0;  // of the worker, in polls that found work
  uint64_t requests = 0;     // that it served meanwhile
};

// The clients' thread.
class Clients {
 public:
  Clients(const Options& options, load::Host& host, load::Visits& visits, const Counters& served)
      : options_(options), host_(host), visits_(visits), served_(served) {}

  void run() {
    measure();
    done_.release();
  }
  // Sleeps till it has measured: Eal::join() would spin, on a core of those that are measured.
  void wait() { done_.acquire(); }
  // Nothing: the server does not answer ARP.
  const std::optional<Measured>& measured() const { return measured_; }

 private:
  void measure() {
    const Instant began = host_.now();
    while (!host_.ready() && host_.now() - began < kPatience) host_.turn();
    if (!host_.ready()) return;
    visit_for(kWarmUp);
    visits_.start_figures();
    const uint64_t cycles = served_.get(Counter::kWorkerBusyCycles), requests = served_.get(Counter::kHttpRequests);
    const Duration took = visit_for(Duration::milliseconds(static_cast<int64_t>(options_.seconds * 1e3)));
    measured_ = Measured{static_cast<double>(took.ns) / 1e9, served_.get(Counter::kWorkerBusyCycles) - cycles,
                         served_.get(Counter::kHttpRequests) - requests};
  }

  Duration visit_for(Duration time) {
    const Instant began = host_.now();
    while (host_.now() - began < time) {
      visits_.keep_going();
      host_.turn();
    }
    return host_.now() - began;
  }

  const Options& options_;
  load::Host& host_;
  load::Visits& visits_;
  const Counters& served_;
  std::optional<Measured> measured_;
  std::binary_semaphore done_{0};
};

int run_worker(void* worker) {
  static_cast<worker::Worker*>(worker)->run();
  return 0;
}

int run_clients(void* clients) {
  static_cast<Clients*>(clients)->run();
  return 0;
}

void print(const Measured& measured, const load::Visits::Figures& figures, double cycles_per_second) {
  auto latencies = figures.latencies_us;
  std::sort(latencies.begin(), latencies.end());
  const auto percentile = [&](size_t p) { return latencies.empty() ? 0 : latencies[latencies.size() * p / 100]; };
  const double busy_us = static_cast<double>(measured.busy_cycles) / cycles_per_second * 1e6;
  std::printf(
      "{\"answered\": %lu, \"failed\": %lu, \"seconds\": %.3f, \"busy_us\": %.3f, \"p50_us\": %u, "
      "\"p99_us\": %u}\n",
      figures.answered, figures.failed, measured.seconds,
      busy_us / static_cast<double>(std::max<uint64_t>(1, measured.requests)), percentile(50), percentile(99));
}

int run(const Options& options) {
  port::EalSettings settings;
  settings.memory_bytes = 256 << 20;
  settings.workers = 2;
  settings.cores = options.cores;
  auto eal = port::Eal::start(settings);
  if (!eal.ok()) return fail("EAL: " + eal.error().text());
  if (!make_cable()) return fail("no memory for the rings");
  const policy::Node node = node_of_one_worker();
  End server, clients;
  std::string error = server.open(kServer, node.ports.front());
  if (error.empty()) error = clients.open(kClients, {.name = "clients", .device = "net_ring_clients"});
  if (!error.empty()) return fail(error);
  server.pools.front()->also_lives_on(*clients.pools.front());

  const auto clock = worker::TscClock::calibrate();
  Policy policy;
  const std::vector<std::unique_ptr<port::Port>> no_kernel_ports(1);
  worker::Fabric fabric(kOwners);
  worker::Worker worker(
      {node, clock, server.ports, no_kernel_ports, fabric, *server.pools.front(), server.counters, policy.health},
      kServer);
  worker.mailbox().snapshot = policy.snapshot.get();

  PacketPool& packets = *clients.pools.front();
  port::PortQueue queue(clients.ports.front()->facts().device_id, 0, clients.counters);
  SliceNodePool nodes(1 << 18);
  load::HostSettings host_settings{.mac = {clients.ports.front()->facts().mac.bytes},
                                   .first_address = kFirstClient,
                                   .addresses = kClientAddresses,
                                   .server = kAddress};
  host_settings.tcp.max_connections = 4 * kMostOnTheWay;  // those that are closing, too
  host_settings.tcp.max_time_wait = 1 << 16;
  host_settings.tcp.time_wait = Duration::milliseconds(100);  // ports are few, and nothing is late in memory
  load::Host host({queue, packets, nodes, clients.counters, clock}, host_settings);
  load::Visits visits(
      host, packets, nodes,
      {.server = {kAddress, kPort}, .path = "/local", .most = options.on_the_way, .on_the_way = options.on_the_way});
  Clients load(options, host, visits, server.counters);

  if (!(*eal)->launch(kServer, run_worker, &worker) || !(*eal)->launch(kClients, run_clients, &load)) {
    return fail("there is no thread to run on");
  }
  load.wait();
  (*eal)->join(kClients);
  worker.mailbox().order = WorkerOrder::kStop;
  (*eal)->join(kServer);
  if (!load.measured()) return fail("the server does not answer ARP");
  print(*load.measured(), visits.figures(), clock.cycles_per_second());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Connections a second that one worker serves to clients in the same process");
  app.add_option("--cores", options.cores, "the worker's and the clients'")->expected(2);
  app.add_option("--on-the-way", options.on_the_way, "clients without an answer at a time")
      ->check(CLI::Range(1u, kMostOnTheWay));
  app.add_option("--seconds", options.seconds, "how long")->check(CLI::Range(0.1, 120.0));
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
