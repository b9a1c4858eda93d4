#include "worker/dataplane.h"

#include <sched.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "port/packet_memory.h"

namespace sluice::worker {

namespace {

std::vector<uint16_t> allowed_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<uint16_t> cores;
  for (uint16_t core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

port::EalSettings eal_settings(const policy::Node& node) {
  port::EalSettings settings;
  settings.huge_pages = node.memory.huge_pages;
  settings.memory_bytes = node.memory.size_bytes;
  settings.workers = node.workers.count;
  settings.cores = node.workers.cores;
  settings.allowed_cores = allowed_cores();
  for (const policy::NodePort& port : node.ports) settings.devices.push_back(port.device);
  return settings;
}

std::string text_of(const policy::MacAddress& mac) {
  std::array<char, 18> text{};
  const auto& b = mac.bytes;
  std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
  return text.data();
}

// The kernel's end of a port: a TAP interface with the port's link address, so that neighbours know one machine.
policy::NodePort kernel_port(const policy::NodePort& port, const port::Port::Facts& facts, size_t index) {
  policy::NodePort kernel;
  kernel.name = *port.exception_interface;
  kernel.device = "net_tap_exception" + std::to_string(index) + ",iface=" + *port.exception_interface +
                  ",mac=" + text_of(facts.mac);
  kernel.mtu = port.mtu;
  return kernel;
}

ToeplitzKey fresh_key() {
  ToeplitzKey key;
  if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) std::abort();
  return key;
}

int run_worker(void* worker) {
  static_cast<Worker*>(worker)->run();
  return 0;
}

}  // namespace

Result<std::unique_ptr<Dataplane>, std::string> Dataplane::start(const policy::Node& node,
                                                                 upstream::HealthTable& health) {
  std::unique_ptr<Dataplane> dataplane(new Dataplane(node, health));
  auto eal = port::Eal::start(eal_settings(node));
  if (!eal.ok()) return "EAL: " + eal.error().text();
  dataplane->eal_ = std::move(*eal);
  if (std::string error = dataplane->make_memory(); !error.empty()) return error;
  if (std::string error = dataplane->open_ports(); !error.empty()) return error;
  dataplane->make_workers();
  return dataplane;
}

Dataplane::Dataplane(const policy::Node& node, upstream::HealthTable& health)
    : node_(node),
      health_(health),
      clock_(TscClock::calibrate()),
      owners_(node.workers.count, fresh_key()),
      fabric_(owners_) {}

Dataplane::~Dataplane() {
  order(WorkerOrder::kStop);
  join();
}

std::string Dataplane::make_memory() {
  port::PacketMemory memory{.packets = node_.memory.packets_per_worker};
  for (const policy::NodePort& port : node_.ports) {
    memory.data_room = std::max(memory.data_room, port::data_room_for(port.mtu));
  }
  for (uint8_t i = 0; i < node_.workers.count; ++i) {
    counters_.push_back(std::make_unique<Counters>());
    auto pool = port::make_packet_pool(WorkerId{i}, memory, *counters_.back());
    if (!pool.ok()) return "packet buffers of worker " + std::to_string(i) + ": " + pool.error().text();
    pools_.push_back(std::move(*pool));
  }
  return {};
}

std::string Dataplane::open_ports() {
  for (const policy::NodePort& settings : node_.ports) {
    auto port = port::Port::open(settings, pools_, owners_);
    if (!port.ok()) return "port " + settings.name + " (" + settings.device + "): " + port.error().text();
    ports_.push_back(std::move(*port));
    share_pools(ports_.back()->facts());
    kernel_ports_.emplace_back();
    if (!settings.exception_interface) continue;
    if (std::string error = open_kernel_port(settings); !error.empty()) {
      return "exception_interface of port " + settings.name + ": " + error;
    }
  }
  return {};
}

// Where workers hand frames to one another, a worker's connections hold packets of the pools behind the queues.
void Dataplane::share_pools(const port::Port::Facts& facts) {
  if (facts.steers_flows) return;
  for (const auto& pool : pools_) {
    for (unsigned queue = 0; queue < facts.queues; ++queue) pool->also_lives_on(*pools_[queue]);
  }
}

std::string Dataplane::open_kernel_port(const policy::NodePort& settings) {
  auto kernel = port::Port::open(kernel_port(settings, ports_.back()->facts(), ports_.size() - 1), pools_, owners_);
  if (!kernel.ok()) return kernel.error().text();
  if (const unsigned queues = (*kernel)->facts().queues; queues < pools_.size()) {
    return "a TAP has " + std::to_string(queues) + " queues, expected one for each of " +
           std::to_string(pools_.size()) + " workers";
  }
  kernel_ports_.back() = std::move(*kernel);
  return {};
}

void Dataplane::make_workers() {
  for (uint8_t i = 0; i < node_.workers.count; ++i) {
    workers_.push_back(std::make_unique<Worker>(
        Worker::Environment{node_, clock_, ports_, kernel_ports_, fabric_, *pools_[i], *counters_[i], health_},
        WorkerId{i}));
  }
}

std::string Dataplane::run() {
  running_ = true;
  for (uint8_t i = 0; i < workers_.size(); ++i) {
    if (!eal_->launch(WorkerId{i}, run_worker, workers_[i].get())) {
      return "worker " + std::to_string(i) + " has no thread to run on";
    }
  }
  return {};
}

void Dataplane::order(WorkerOrder order) {
  for (const auto& worker : workers_) worker->mailbox().order.store(order, std::memory_order_release);
}

void Dataplane::join() {
  if (!std::exchange(running_, false)) return;
  for (uint8_t i = 0; i < workers_.size(); ++i) eal_->join(WorkerId{i});
}

}  // namespace sluice::worker
