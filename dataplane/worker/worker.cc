#include "worker/worker.h"

#include <sys/random.h>

#include <algorithm>
#include <cstdlib>

#include "port/port_queue.h"
#include "worker/net_config.h"
#include "worker/tcp_settings.h"

namespace sluice::worker {

namespace {

constexpr Duration kWallClockInterval = Duration::milliseconds(10);

// What an idle client connection costs: its slots in three slabs, and its places in the demux and in the table of
// sources, both at their lowest load.
template <typename T>
constexpr size_t kSlotBytes = sizeof(T) + 8;
constexpr size_t kPlacesBytes = 4 * 8 + 4 * 20;
static_assert(kSlotBytes<tcp::Connection> + kSlotBytes<stream::TcpStream> + kSlotBytes<http::H1ServerSession> +
                  kPlacesBytes <=
              1024);

uint64_t random_seed() {
  uint64_t seed;
  if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) std::abort();
  return seed;
}

tcp::Secrets fresh_secrets() {
  tcp::Secrets secrets;
  if (getrandom(&secrets, sizeof secrets, 0) != static_cast<ssize_t>(sizeof secrets)) std::abort();
  return secrets;
}

std::vector<LinkLayer::PortEnd> port_ends(const Worker::Environment& env, WorkerId id) {
  std::vector<LinkLayer::PortEnd> ends;
  for (const auto& port : env.ports) {
    const port::Port::Facts& facts = port->facts();
    std::unique_ptr<port::FrameQueue> queue;
    if (id.value < facts.queues) {
      queue = std::make_unique<port::PortQueue>(facts.device_id, id.value, env.counters);
    }
    ends.push_back({facts.queues, {.owners = env.fabric.owners(), .by_device = facts.steers_flows}, std::move(queue)});
  }
  return ends;
}

// A request's bytes stand in packets: there are never many more pieces than packets.
uint32_t slice_nodes(const policy::Node& node) {
  return node.memory.packets_per_worker * 4;
}

// By PortIndex; none at all where no port has an exception path.
std::vector<std::unique_ptr<port::FrameQueue>> kernel_ends(const Worker::Environment& env, WorkerId id) {
  std::vector<std::unique_ptr<port::FrameQueue>> ends;
  const auto exists = [](const auto& port) { return port != nullptr; };
  if (std::none_of(env.kernel_ports.begin(), env.kernel_ports.end(), exists)) return ends;
  for (const auto& port : env.kernel_ports) {
    auto& end = ends.emplace_back();
    if (port != nullptr) end = std::make_unique<port::PortQueue>(port->facts().device_id, id.value, env.counters);
  }
  return ends;
}

net::ExceptionFilter::OurPorts our_ports(const policy::Node& node) {
  net::ExceptionFilter::OurPorts ports{.first_ephemeral = Port{node.tcp.first_ephemeral_port},
                                       .last_ephemeral = Port{node.tcp.last_ephemeral_port}};
  for (const policy::Listener& listener : node.listeners) ports.listeners.push_back({listener.address, listener.port});
  return ports;
}

}  // namespace

Worker::Listener::Listener(const policy::Listener& settings, exchange::Server& server,
                           const http::SessionContext& context)
    : endpoint{settings.address, settings.port},
      trusted{match::CidrSet(settings.trusted_ips), settings.real_ip_header, settings.real_ip_recursive},
      handler(server, trusted),
      sessions(context, handler) {}

Worker::Worker(const Environment& env, WorkerId id)
    : node_(env.node),
      tsc_(env.clock),
      counters_(env.counters),
      clock_(env.clock.at(TscClock::cycles()), read_wall_clock()),
      random_(random_seed()),
      timers_(clock_.now()),
      blocks_(env.node.memory.blocks_bytes / env.node.workers.count),
      context_{id, clock_, random_, timers_, tasks_, blocks_, counters_},
      nodes_(slice_nodes(env.node)),
      link_(context_, port_ends(env, id), env.fabric),
      net_(context_, net_config(env.node, env.ports), {env.packets, link_, segments_up_, link_}),
      home_ports_(env.fabric.owners()),
      tcp_(context_, {env.packets, nodes_, segments_down_, fresh_secrets()}, tcp_settings(env.node)),
      streams_(tcp_, tcp_settings(env.node).max_connections),
      sessions_{context_, env.packets, nodes_, env.node.limits},
      verified_tokens_(context_, {}),
      leases_(context_, kLeaseQuestions, {Counter::kGatewayRateLeasesAsked, Counter::kGatewayRateLeasesUnasked}),
      introspections_(context_, kIntrospectionQuestions,
                      {Counter::kGatewayIntrospectionsAsked, Counter::kGatewayIntrospectionsUnasked}),
      server_({sessions_, streams_, env.health, verified_tokens_, no_addresses_, {&leases_, &introspections_}},
              {.workers = env.node.workers.count}),
      idle_(env.node.workers) {
  clock_.measure_with([](const void* tsc) { return static_cast<const TscClock*>(tsc)->at(TscClock::cycles()); }, &tsc_);
  link_.wire(net_);
  if (auto ends = kernel_ends(env, id); !ends.empty()) {
    exceptions_.emplace(context_, env.packets, std::move(ends), net_config(env.node, env.ports), our_ports(env.node));
    link_.wire(*exceptions_);
  }
  segments_up_.wire(tcp_);
  segments_down_.wire(net_.ip());
  tcp_.steer_by(home_ports_);
  for (const policy::Listener& listener : env.node.listeners) {
    listeners_.push_back(std::make_unique<Listener>(listener, server_, sessions_));
  }
}

void Worker::run() {
  idle_.prepare_thread();
  if (context_.id == WorkerId{0}) net_.announce();
  while (mailbox_.order.load(std::memory_order_relaxed) != WorkerOrder::kStop) {
    const uint64_t began = TscClock::cycles();
    read_clock(began);

    unsigned work = link_.poll_ports();
    work += link_.poll_other_workers();
    work += leases_.poll(server_);
    work += introspections_.poll(server_);
    work += timers_.poll(clock_.now());
    work += tasks_.run(kTasksATurn);
    link_.flush();
    obey_mailbox();
    report();

    counters_.add(Counter::kWorkerPolls);
    if (work > 0) {
      counters_.add(Counter::kWorkerBusyPolls);
      counters_.add(Counter::kWorkerBusyCycles, TscClock::cycles() - began);
    }
    idle_.after_turn(work > 0, clock_.now(), timers_.next_wakeup());
  }
  abort_all();
}

void Worker::read_clock(uint64_t cycles) {
  const Instant now = tsc_.at(cycles);
  if (now - wall_clock_read_ >= kWallClockInterval) {
    wall_clock_read_ = now;
    clock_.set(now, read_wall_clock());
  } else {
    clock_.advance(now - clock_.now());
  }
}

// Nothing of the turn before is held here but pinned snapshots: the quiescent state of worker_mailbox.h.
void Worker::obey_mailbox() {
  const auto [snapshot, addresses] = mailbox_.given();
  if (addresses != addresses_) {
    addresses_ = addresses;
    server_.use(*addresses);
  }
  const exchange::Snapshot* current = server_.snapshots().current();
  if (snapshot != current) {
    const bool first = current == nullptr;
    server_.adopt(*snapshot);
    if (first) listen();
    mailbox_.adopted_generation.store(snapshot->generation(), std::memory_order_release);
  }
  if (!draining_ && mailbox_.order.load(std::memory_order_relaxed) == WorkerOrder::kDrain) drain();
}

// Clients are let in once there is a policy to serve them by. Two listeners on one endpoint are refused by the node
// loader, so listening cannot fail.
void Worker::listen() {
  for (const auto& listener : listeners_) {
    if (!streams_.listen(listener->endpoint, listener->sessions).ok()) context_.count(Counter::kInternalError);
  }
}

void Worker::drain() {
  draining_ = true;
  for (const auto& listener : listeners_) {
    streams_.stop_listening(listener->endpoint);
    listener->sessions.shutdown();
  }
  server_.leave_origins();
}

void Worker::report() {
  const uint32_t connections = this->connections();
  mailbox_.connections.store(connections, std::memory_order_relaxed);
  mailbox_.exchanges.store(server_.active(), std::memory_order_relaxed);
  if (draining_ && connections == 0) mailbox_.drained.store(true, std::memory_order_release);
  mailbox_.turn.store(mailbox_.turn.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

// No exchange may keep a pin: control frees the snapshots once the thread has ended.
void Worker::abort_all() {
  for (const auto& listener : listeners_) listener->sessions.abort_all();
  server_.leave_origins();
  while (tasks_.run(kTasksATurn) > 0) {
  }
  link_.flush();
}

uint32_t Worker::connections() const {
  uint32_t sum = 0;
  for (const auto& listener : listeners_) sum += listener->sessions.connections();
  return sum;
}

}  // namespace sluice::worker
